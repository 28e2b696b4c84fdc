/**
 * What members say on their NICs: adverts, and announcements of their addresses.
 */
import type { Micros } from '../../../core/time.js';
import { announcementFrames } from '../answering/announcements.js';
import { spokenIds } from './former-ids.js';
import { type Binding, isOnItsWayOut, type Member } from './member.js';

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
  /** The kernel says that there is no such interface any more. */
  readonly interfaceGone: () => void;
}): Transmitter {
  function say({ nic }: Binding, frame: Uint8Array, counter: string): void {
    const refusal = nic.socket.send(frame, frame.length);
    o.count(refusal === 0 ? counter : 'send_failures');
    if (refusal !== 0 && !nic.socket.isBound()) o.interfaceGone();
  }

  return {
    advertise(member, binding, priority) {
      for (const id of spokenIds(member, o.now()))
        for (const frame of binding.frames.get(id)?.of(priority) ?? []) say(binding, frame, 'adverts_sent');
    },
    announce(member, addresses) {
      const binding = member?.phase.binding;
      if (binding === undefined || isOnItsWayOut(binding.router)) return;
      const router = o.isRouterOn(binding.virtual?.name ?? binding.nic.link.name);
      for (const address of addresses)
        for (const frame of announcementFrames(binding.mac, address, router)) say(binding, frame, 'announcements_sent');
    },
  };
}
