/** Which of this node's addresses a router is told, and how: pure. */
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { communityOf } from '../../api/communities.js';
import { isSelected, isSelectedByAny, type LabelSelector } from '../../api/label-selector.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { RouteAttributes } from '../../core/bgp/route.js';
import type { Family } from '../../core/ip/address.js';
import type { Community, ExtendedCommunity, LargeCommunity } from '../../core/wire/bgp/communities.js';

/** One entry of `spec.advertise`, with all defaults in place. */
export interface Announcement {
  /** Names of the Eips, and a selector of their labels: those of either. Undefined: of all, and of groups that come from no Eip. */
  readonly eips: { readonly names: readonly string[]; readonly selector: LabelSelector | undefined } | undefined;
  /** To networks of which length addresses are gathered: 1..32 and 1..128. */
  readonly lengths: { readonly [Of in Family]: number };
  readonly attributes: RouteAttributes;
}

/** What a router is told: all of them. Of two that make one prefix, the first counts. */
export type Policy = readonly Announcement[];

/** Of a group: where its addresses come from. */
export type Origin = Pick<VipGroup['spec'], 'eip' | 'eipLabels'>;

const wholeAddress = { 4: 32, 6: 128 } as const;

/**
 * The policy of a BgpPeer on a node. Communities that it names and nobody knows are left out: {@link unknownCommunities} says which.
 *
 * @param labels of the node
 */
export function policyOf(
  { spec }: BgpPeer,
  conf: BgpConf | undefined,
  labels: Readonly<Record<string, string>>,
): Policy {
  const own = spec.communities ?? [];
  const aliases = conf?.spec.communityAliases;
  if (spec.advertise === undefined || spec.advertise.length === 0)
    return [{ eips: undefined, lengths: wholeAddress, attributes: communitiesOf(own, aliases) }];
  const entries = spec.advertise.filter(({ nodeSelectors }) => isSelectedByAny(nodeSelectors, labels));
  return entries.map((each) => ({
    eips:
      each.eips === undefined && each.eipSelector === undefined
        ? undefined
        : { names: each.eips ?? [], selector: each.eipSelector },
    lengths: { 4: each.aggregationLength ?? 32, 6: each.aggregationLengthV6 ?? 128 },
    attributes: {
      ...communitiesOf([...own, ...(each.communities ?? [])], aliases),
      ...(each.med !== undefined && { med: each.med }),
      ...(each.localPref !== undefined && { localPref: each.localPref }),
      ...(each.prepend && { prepend: each.prepend }),
    },
  }));
}

/** Texts of a BgpPeer that stand for no community. */
export function unknownCommunities({ spec }: BgpPeer, conf: BgpConf | undefined): readonly string[] {
  const all = [...(spec.communities ?? []), ...(spec.advertise ?? []).flatMap(({ communities }) => communities ?? [])];
  return [...new Set(all)].filter((text) => communityOf(text, conf?.spec.communityAliases) === undefined);
}

/** The name of the set of routes that a policy makes: equal policies have one set. */
export function setName(policy: Policy): string {
  return JSON.stringify(policy, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Whether a policy tells anything of what comes from there. */
export function tellsOf(policy: Policy, origin: Origin): boolean {
  return policy.some((announcement) => isOf(announcement, origin));
}

/** Whether an announcement is of what comes from there. */
export function isOf({ eips }: Announcement, { eip, eipLabels = {} }: Origin): boolean {
  if (eips === undefined || eip === undefined) return eips === undefined;
  return eips.names.includes(eip) || (eips.selector !== undefined && isSelected(eips.selector, eipLabels));
}

function communitiesOf(texts: readonly string[], aliases: Readonly<Record<string, string>> | undefined) {
  const communities: Community[] = [];
  const extendedCommunities: ExtendedCommunity[] = [];
  const largeCommunities: LargeCommunity[] = [];
  for (const text of new Set(texts)) {
    const found = communityOf(text, aliases);
    if (found?.kind === 'standard') communities.push(found.value);
    else if (found?.kind === 'extended') extendedCommunities.push(found.value);
    else if (found?.kind === 'large') largeCommunities.push(found.value);
  }
  return {
    ...(communities.length > 0 && { communities }),
    ...(extendedCommunities.length > 0 && { extendedCommunities }),
    ...(largeCommunities.length > 0 && { largeCommunities }),
  };
}
