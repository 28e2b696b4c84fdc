/**
 * What a member sends that is not as its group says here. For a moment that is in order, since members hear of a change at different times.
 * Where it lasts, one of them is configured by hand, and wrongly: each may take the other for nobody.
 */
import type { Reception, ReceptionVerdict } from '../../../core/vrrp/receive.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { ReceivedAdvert } from '../../../core/wire/vrrp-frame.js';
import type { GroupConfig, Sighting } from '../messages.js';
import { text } from './member.js';

type OtherSetting = Required<Pick<Sighting, 'setting' | 'theirs' | 'ours'>>;

/** Addresses that are named: a list may have 255. */
const named = 8;

/** What it is, if the advert comes from a member; in version 3 lists of addresses are not compared. */
export function otherSetting(
  { advert, source }: ReceivedAdvert,
  verdict: ReceptionVerdict,
  config: GroupConfig,
  reception: Reception | undefined,
): OtherSetting | undefined {
  if (!config.peers.some((peer) => equalOctets(peer, source))) return undefined;
  if (verdict.ok) {
    if (advert.version === 3 || reception === undefined || !verdict.flags.includes('address-list')) return undefined;
    const theirs = virtualOnly(advert.addresses, [source]);
    const ours = virtualOnly(reception.addresses, reception.ownSources);
    return theirs.length + ours.length === 0
      ? undefined
      : { setting: 'addresses', theirs: list(theirs), ours: list(ours) };
  }
  switch (verdict.reason) {
    case 'version-mismatch':
      return { setting: 'version', theirs: String(advert.version), ours: String(config.version) };
    case 'transport':
      return {
        setting: 'transport',
        theirs: config.transport === 'unicast' ? 'multicast' : 'unicast',
        ours: config.transport,
      };
    case 'interval-mismatch':
      return { setting: 'interval', theirs: seconds(advert.interval), ours: seconds(config.advertisementInterval) };
    default:
      return undefined;
  }
}

/** A group without addresses lists its sender's own (`advert-frames.ts`). */
function virtualOnly(listed: readonly Uint8Array[], sources: readonly Uint8Array[]): readonly Uint8Array[] {
  const [only] = listed;
  return listed.length === 1 && sources.some((source) => equalOctets(source, only!)) ? [] : listed;
}

function list(addresses: readonly Uint8Array[]): string {
  if (addresses.length === 0) return 'none';
  const texts = addresses.map(text).sort();
  return texts.length <= named
    ? texts.join(', ')
    : `${texts.slice(0, named).join(', ')} and ${texts.length - named} more`;
}

function seconds(micros: number): string {
  return `${micros / 1e6} s`;
}
