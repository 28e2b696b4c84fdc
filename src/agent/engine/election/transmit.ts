/**
 * What members say on their NICs: adverts, and announcements of their addresses.
 */
import type { Micros } from '../../../core/time.js';
import { announcementFrames } from '../answering/announcement-frames.js';
import { type AnnouncementForm, none } from '../answering/contract.js';
import type { ElectionEffect } from './effects.js';
import { spokenIds } from './former-ids.js';
import { type Binding, isOnItsWayOut, type Member } from './member.js';

const linksChanged: readonly ElectionEffect[] = [{ type: 'links-changed' }];

export interface Transmitter {
  /** Says an advert, under each of the group's IDs. */
  advertise(member: Member, binding: Binding, priority: number): readonly ElectionEffect[];
  /** A leader on its way out says nothing more: a word of its own after its successor's would lead hosts to where soon nobody answers. */
  announce(
    member: Member | undefined,
    addresses: readonly Uint8Array[],
    form?: AnnouncementForm,
  ): readonly ElectionEffect[];
}

export function createTransmitter(o: {
  readonly now: () => Micros;
  readonly count: (name: string) => void;
  /** Whether the host forwards what comes in by an interface. */
  readonly isRouterOn: (interfaceName: string) => boolean;
}): Transmitter {
  /** Returns whether the kernel says that there is no such interface any more. */
  function say({ nic }: Binding, frame: Uint8Array, counter: string): boolean {
    const refusal = nic.socket.send(frame, frame.length);
    o.count(refusal === 0 ? counter : 'send_failures');
    return refusal !== 0 && !nic.socket.isBound();
  }

  return {
    advertise(member, binding, priority) {
      let gone = false;
      for (const id of spokenIds(member, o.now()))
        for (const frame of binding.frames.get(id)?.of(priority) ?? [])
          gone = say(binding, frame, 'adverts_sent') || gone;
      return gone ? linksChanged : none;
    },
    announce(member, addresses, form) {
      const binding = member?.phase.binding;
      if (binding === undefined || isOnItsWayOut(binding.router)) return none;
      let gone = false;
      const router = o.isRouterOn(binding.virtual?.name ?? binding.nic.link.name);
      const framesOf = announcementFrames(binding.mac, router, form);
      for (let at = 0; at < addresses.length; at++) {
        const frames = framesOf(addresses[at]!);
        for (let each = 0; each < frames.length; each++)
          gone = say(binding, frames[each]!, 'announcements_sent') || gone;
      }
      return gone ? linksChanged : none;
    },
  };
}
