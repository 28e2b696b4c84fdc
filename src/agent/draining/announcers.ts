/** Of a group of protocol `bgp`: who announces its addresses together with this node, in the order that all nodes have them in. */
import { announcersOf } from '../../api/announced-on.js';
import { drainWindowOf } from '../../api/drain-window.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import type { Announcer, Announcers } from '../../core/draining/chain.js';
import { self } from '../../core/draining/history.js';
import { canonicalIp, parseIp } from '../../core/ip/address.js';
import type { DrainedGroup } from './state.js';

/** Of so many is looked whether they are within reach: each is, every few seconds. */
const mostAnnouncers = 64;

/** What of a group concerns connections; undefined: it is none of protocol `bgp`, or it is not known where this node is reached. */
export function sharedGroupOf({ spec }: VipGroup, node: string): DrainedGroup | undefined {
  if (spec.protocol !== 'bgp') return undefined;
  const members = reachable(spec);
  const own = members.find((member) => member.node === node)?.address;
  if (own === undefined) return undefined;
  const list = firstOf(members.map(({ address, leaves }) => ({ address: address === own ? self : address, leaves })));
  const addresses = spec.addresses.map((address) => canonicalIp(address) ?? address);
  return { addresses, ...drainWindowOf(spec), shared: { own, announcers: announcersBy(spec, list) } };
}

/** Members whose address is known, each address once, by the names of the nodes. */
function reachable(spec: VipGroupSpec): readonly (Announcer & { readonly node: string })[] {
  const family = parseIp(spec.addresses[0] ?? '')?.family;
  const taken = new Set<string>();
  return [...spec.members]
    .sort((a, b) => (a.node < b.node ? -1 : 1))
    .flatMap(({ node, address: text = '', lastResort }) => {
      const address = canonicalIp(text);
      if (address === undefined || parseIp(address)?.family !== family || taken.has(address)) return [];
      taken.add(address);
      return [{ node, address, leaves: lastResort !== undefined }];
    });
}

/** Those who are to be left first, where there are too many. */
function firstOf(list: readonly Announcer[]): readonly Announcer[] {
  if (list.length <= mostAnnouncers) return list;
  return [...list.filter(({ leaves }) => leaves), ...list.filter(({ leaves }) => !leaves)].slice(0, mostAnnouncers);
}

/** All addresses that all members announce have one. */
function announcersBy(spec: VipGroupSpec, list: readonly Announcer[]): ReadonlyMap<string, Announcers> {
  const made = (address: string): Announcers => ({ list, choice: announcersOf(spec, address).join() });
  let open: Announcers | undefined;
  return new Map(
    spec.addresses.map((address) => {
      const isOpen = spec.onlyOn === undefined || !Object.hasOwn(spec.onlyOn, address);
      if (isOpen) open ??= made(address);
      return [canonicalIp(address) ?? address, isOpen ? open! : made(address)];
    }),
  );
}
