/**
 * From a VipGroup to this node's part in it, as the engine wants it: pure.
 */
import { parseDuration } from '../api/duration.js';
import { parseInterface, subnetOf } from '../api/interface.js';
import type { VipGroup } from '../api/vip-group.js';
import { defaultAdvertisementInterval, defaultFastMultiplier } from '../api/vrrp-rules.js';
import { type Family, type IpAddress, ipToBytes, parseIp } from '../core/ip/address.js';
import { rankMembers } from '../core/tracking/last-resort.js';
import type { GroupConfig, InterfaceChoice } from './engine/messages.js';

/**
 * This node's part in a group; undefined when it has none: the node is not a member, or the group is announced by BGP.
 *
 * `group` is valid (`validateVipGroup`). Its family is that of its addresses; a group that has none yet says it, or goes by
 * its members' addresses, and is IPv4 when those say nothing either.
 *
 * @param file where the group stands, if somebody wrote it there; else the controller wrote it
 */
export function membershipOf(group: VipGroup, node: string, file?: string): GroupConfig | undefined {
  const { spec } = group;
  const own = spec.members.find((member) => member.node === node);
  if (own === undefined || spec.protocol === 'bgp' || spec.vrrp === undefined) return undefined;
  const addresses = spec.addresses.map((text) => parseIp(text)!);
  const family = familyOf(addresses, spec);
  const others = spec.members.filter((member) => member !== own);
  const known = others.flatMap((member) => {
    const address = addressOf(member, family);
    return address === undefined ? [] : [{ node: member.node, address }];
  });
  // By unicast, a member whose address is not known takes no part: nobody could reach it.
  const unicast = spec.vrrp.transport === 'unicast';
  const absent = unicast ? [] : others.filter((member) => addressOf(member, family) === undefined);
  const { priorities, lastResorts, forsaken } = rankMembers(spec.members);
  const theirs = others.map((other) => priorities.get(other.node)!);
  return {
    name: group.metadata.name,
    answer: spec.protocol === 'vip' ? 'nic' : 'responder',
    interface: interfaceOf(spec),
    family,
    version: family === 6 ? 3 : (spec.vrrp.version ?? 3),
    virtualRouterId: spec.vrrp.virtualRouterId,
    formerIds: spec.vrrp.formerVirtualRouterIds ?? [],
    priority: priorities.get(own.node)!,
    bestPeer: Math.max(0, ...theirs),
    ...(theirs.length === 0 ? {} : { worstPeer: Math.min(...theirs) }),
    ...(lastResorts === 0 ? {} : { lastResorts }),
    ...(weighs(spec) ? { weighs: true } : {}),
    ...(spec.vrrp.removeForeignAddresses === true ? { removesForeign: true } : {}),
    ...(own.lastResort === undefined ? {} : { lastResort: own.lastResort }),
    advertisementInterval: durationOf(spec.vrrp.advertisementInterval, defaultAdvertisementInterval),
    // Without addresses nothing is lost by moving: who is to lead takes over before there is something to lose.
    preempt: (spec.vrrp.preempt === true || addresses.length === 0) && !forsaken,
    preemptDelay: addresses.length === 0 ? 0 : durationOf(spec.vrrp.preemptDelay, 0),
    ...fastDetectionOf(spec.vrrp),
    ...(spec.vrrp.askLeader === false ? { asksLeader: false as const } : {}),
    yields: spec.vrrp.yield ?? false,
    virtualMac: spec.vrrp.virtualMac ?? false,
    checksum: spec.vrrp.checksum ?? 'pseudo-header',
    transport: spec.vrrp.transport ?? 'multicast',
    addresses: addresses.map(ipToBytes),
    ...notHeldOf(group),
    source: addressOf(own, family),
    ...(own.address === undefined ? {} : { sourceStands: sourceStands(group, spec.members.indexOf(own), file) }),
    peers: known.map(({ address }) => address),
    peerPriorities: known.map(({ node: name }) => priorities.get(name)!),
    absentUpTo: Math.max(
      0,
      ...absent.map((each) => (mayRise(spec) ? 254 : Math.max(each.priority, priorities.get(each.node)!))),
    ),
  };
}

function fastDetectionOf({
  fastDetection: fast,
}: NonNullable<VipGroup['spec']['vrrp']>): Pick<GroupConfig, 'fastDetection'> {
  if (fast === undefined) return {};
  return {
    fastDetection: { interval: durationOf(fast.interval, 0), multiplier: fast.multiplier ?? defaultFastMultiplier },
  };
}

/** Whether checks may give members more than their priority: a track file can. */
function mayRise({ vrrp }: VipGroup['spec']): boolean {
  return vrrp?.checks?.some(({ file, multiplier }) => file !== undefined && multiplier !== 0) === true;
}

/** Whether checks may change members' priorities at all. */
function weighs(spec: VipGroup['spec']): boolean {
  return mayRise(spec) || spec.vrrp?.checks?.some(({ weight }) => weight !== undefined) === true;
}

function sourceStands({ metadata: { name } }: VipGroup, index: number, file: string | undefined) {
  const field = `spec.members[${index}].address`;
  return file === undefined
    ? { field: `${field} of VipGroup ${name}`, remedy: 'the controller corrects it once it has heard of it' }
    : { field: `${field} in ${file}`, remedy: 'correct it there' };
}

/** As the status has it, which others write too: what it wrongly names is asked for before it is held, and no more. */
function notHeldOf({ spec, status }: VipGroup): Pick<GroupConfig, 'notHeld'> {
  const elsewhere = (status?.notHeld ?? []).filter(({ reason }) => reason === 'AnsweredElsewhere');
  const named = elsewhere.filter(({ address }) => spec.addresses.includes(address));
  if (named.length === 0) return {};
  return {
    notHeld: named.map(({ address, neverHeld = false }) => ({ address: ipToBytes(parseIp(address)!), neverHeld })),
  };
}

function familyOf(addresses: readonly IpAddress[], { ipFamily, members }: VipGroup['spec']): Family {
  if (ipFamily !== undefined) return ipFamily === 'IPv6' ? 6 : 4;
  const known = addresses[0] ?? members.map(({ address }) => address && parseIp(address)).find((each) => each);
  return known ? known.family : 4;
}

function addressOf(member: { readonly address?: string }, family: Family): Uint8Array | undefined {
  const address = member.address === undefined ? undefined : parseIp(member.address);
  return address?.family === family ? ipToBytes(address) : undefined;
}

function interfaceOf({ interface: text, addresses }: VipGroup['spec']): InterfaceChoice {
  const choice = parseInterface(text || `${subnetOf}${addresses[0] ?? ''}`);
  switch (choice.by) {
    case 'nothing':
      throw new Error(`a group that was found valid has no interface: ${choice.reason}`);
    case 'name':
      return { name: choice.name };
    case 'names':
      return { names: choice.patterns };
    case 'route':
      return { canReach: ipToBytes(choice.destination) };
    case 'subnet':
      return { subnetOf: ipToBytes(choice.address) };
  }
}

function durationOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : parseDuration(text)!;
}
