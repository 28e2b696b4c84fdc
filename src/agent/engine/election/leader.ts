/** Who leads a group, as this node knows it by adverts, for whoever has to know who led before. */
import { equalOctets } from '../../../core/wire/octets.js';
import type { EngineEvent } from '../messages.js';
import { addressIndex, isOnItsWayOut, type Member, text } from './member.js';

/** Says who leads, where that is known, when it is another than before, or the group is on another NIC. */
export function tellOfLeader(post: (event: EngineEvent) => void, member: Member): void {
  const { binding } = member.phase;
  if (binding === undefined) return;
  const { router } = binding;
  const { activeSource } = router;
  const leads = router.state === 'Active' && !(isOnItsWayOut(router) && activeSource !== undefined);
  if (!leads && activeSource === undefined) return;
  const leader = leads ? undefined : activeSource;
  const told = member.toldLeader;
  const { nic, source } = binding;
  const answersOn = addressIndex(binding);
  if (told?.answersOn === answersOn && told.source === source && same(told.leader, leader)) return;
  member.toldLeader = { answersOn, source, leader };
  post({
    type: 'leader',
    group: member.config.name,
    leader: leader && text(leader),
    nic: nic.index,
    answersOn,
    mac: nic.link.mac,
    source,
  });
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalOctets(a, b));
}
