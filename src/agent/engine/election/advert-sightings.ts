/** What an advert shows that somebody should know of: other settings than ours, and who should not be there. */
import type { Reception, ReceptionVerdict } from '../../../core/vrrp/receive.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { ReceivedAdvert } from '../../../core/wire/vrrp-frame.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { Seen } from './foreign-adverts.js';
import { type Member, text } from './member.js';
import { otherSetting } from './other-settings.js';

/** @param reception what the group lets in; undefined while it has no NIC */
export function sightingsIn(
  received: ReceivedAdvert,
  verdict: ReceptionVerdict,
  member: Member,
  reception: Reception | undefined,
): readonly Seen[] {
  const strange = strangeness(received, verdict, member, reception);
  const other = otherSetting(received, verdict, member.config, reception);
  if (other === undefined) return strange;
  return [{ kind: 'other-settings', offender: text(received.source), dropped: !verdict.ok, ...other }, ...strange];
}

function strangeness(
  received: ReceivedAdvert,
  verdict: ReceptionVerdict,
  { config, peerMacs }: Member,
  reception: Reception | undefined,
): readonly Seen[] {
  const { priority } = received.advert;
  if (verdict.ok) {
    const isSame = priority === config.priority && config.weighs !== true;
    return isSame ? [{ kind: 'same-priority', offender: text(received.source) }] : none;
  }
  if (verdict.reason === 'own-source') return [{ kind: 'own-address', offender: text(received.source) }];
  const isStrange = verdict.reason === 'stranger' || (reception !== undefined && isForeign(received, reception));
  if (!isStrange) return none;
  const unheard = config.peers.filter((peer) => !peerMacs.has(addressKey(peer))).map(text);
  return [{ kind: 'stranger', offender: text(received.source), priority, unheard }];
}

/** Whether somebody who is known to be no member has the ID, in whatever version: each then takes the other for nobody. */
function isForeign({ source }: ReceivedAdvert, { members }: Reception): boolean {
  return members !== undefined && !members.some((each) => equalOctets(each, source));
}
