/**
 * What members say on their NICs: adverts, and announcements of their addresses.
 */
import type { Micros } from '../../../core/time.js';
import { announcementFrames } from '../answering/announcements.js';
import { spokenIds } from './former-ids.js';
import type { Member, Seat } from './member.js';

export interface Voice {
  /** Says an advert, under each of the group's IDs. */
  advertise(member: Member, seat: Seat, priority: number): void;
  /** A leader on its way out says nothing more: a word of its own after its successor's would lead hosts to where soon nobody answers. */
  announce(member: Member | undefined, addresses: readonly Uint8Array[]): void;
}

export function createVoice(o: {
  readonly now: () => Micros;
  readonly count: (name: string) => void;
  /** Whether the host forwards what comes in by an interface. */
  readonly isRouterOn: (interfaceName: string) => boolean;
}): Voice {
  function say({ nic }: Seat, frame: Uint8Array, counter: string): void {
    o.count(nic.socket.send(frame, frame.length) === 0 ? counter : 'send_failures');
  }

  return {
    advertise(member, seat, priority) {
      member.waitsToClaim = false;
      for (const id of spokenIds(member, o.now()))
        for (const frame of seat.frames.get(id)?.of(priority) ?? []) say(seat, frame, 'adverts_sent');
    },
    announce(member, addresses) {
      const seat = member?.seat;
      if (seat === undefined || seat.router.leaving !== undefined) return;
      const router = o.isRouterOn(seat.virtual?.name ?? seat.nic.link.name);
      for (const address of addresses)
        for (const frame of announcementFrames(seat.mac, address, router)) say(seat, frame, 'announcements_sent');
    },
  };
}
