/** Who leads a group, as this node knows it by adverts, for whoever has to know who led before. */
import { isVirtualRouterMac } from '../../../core/wire/mac.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { addressKey } from '../address-key.js';
import type { EngineEvent } from '../messages.js';
import { addressIndex, isOnItsWayOut, type Member, text } from './member.js';

/**
 * Says who leads, where that is known, when it is another than before, or the group is on another NIC; and again when it is proven.
 *
 * @param heard where the advert came from that this follows from, if one does
 */
export function tellOfLeader(post: (event: EngineEvent) => void, member: Member, heard?: Uint8Array): void {
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
  const { mac } = nic.link;
  const isKnown = told !== undefined && same(told.leader, leader);
  const proven = leader === undefined || (isKnown && (told.proven || same(heard, leader)));
  if (
    isKnown &&
    told.answersOn === answersOn &&
    told.source === source &&
    same(told.mac, mac) &&
    told.proven === proven
  )
    return;
  member.toldLeader = { answersOn, source, mac, leader, proven };
  post({
    type: 'leader',
    group: member.config.name,
    leader: leader && text(leader),
    proven,
    silenced: leads && (router.takeOverReason === 'no-response' || router.takeOverReason === 'peer-lost'),
    station: leader && stationOf(member, leader),
    nic: nic.index,
    answersOn,
    mac,
    source,
  });
}

/** A virtual router's MAC is nobody's: whoever leads has it. */
function stationOf({ peerMacs }: Member, leader: Uint8Array): Uint8Array | undefined {
  const mac = peerMacs.get(addressKey(leader));
  return mac === undefined || isVirtualRouterMac(mac) ? undefined : mac;
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalOctets(a, b));
}
