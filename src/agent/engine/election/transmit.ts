/**
 * What members say on their NICs: adverts, and announcements of their addresses.
 */
import type { Micros } from '../../../core/time.js';
import { announcementFrames } from '../answering/announcements.js';
import { spokenIds } from './former-ids.js';
import type { Binding, Member } from './member.js';

export interface Transmitter {
  /** Says an advert, under each of the group's IDs. */
  advertise(member: Member, binding: Binding, priority: number): void;
  /** A leader on its way out says nothing more: a word of its own after its successor's would lead hosts to where soon nobody answers. */
  announce(member: Member | undefined, addresses: readonly Uint8Array[]): void;
}

export function createTransmitter(o: {
  readonly now: () => Micros;
  readonly count: (name: string) => void;
  /** Whether the host forwards what comes in by an interface. */
  readonly isRouterOn: (interfaceName: string) => boolean;
}): Transmitter {
  function say({ nic }: Binding, frame: Uint8Array, counter: string): void {
    o.count(nic.socket.send(frame, frame.length) === 0 ? counter : 'send_failures');
  }

  return {
    advertise(member, binding, priority) {
      member.waitsToClaim = false;
      for (const id of spokenIds(member, o.now()))
        for (const frame of binding.frames.get(id)?.of(priority) ?? []) say(binding, frame, 'adverts_sent');
    },
    announce(member, addresses) {
      const binding = member?.binding;
      if (binding === undefined || binding.router.leaving !== undefined) return;
      const router = o.isRouterOn(binding.virtual?.name ?? binding.nic.link.name);
      for (const address of addresses)
        for (const frame of announcementFrames(binding.mac, address, router)) say(binding, frame, 'announcements_sent');
    },
  };
}
