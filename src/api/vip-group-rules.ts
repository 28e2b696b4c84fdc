/** What the schema of a VipGroup cannot say. */
import { type Family, formatIp, type IpAddress, parseIp } from '../core/ip/address.js';
import { unusableAddress } from './eip-rules.js';
import { parseInterface } from './interface.js';
import type { Problem } from './problem.js';
import type { VipGroup } from './vip-group.js';
import { authenticationProblems, drainProblems, virtualMacProblems, vrrpProblems } from './vrrp-rules.js';

/** How many addresses an advert carries: 255 by its count field; 90 IPv6 ones is what fits 1500 bytes of MTU. */
export const maxAddresses: Readonly<Record<Family, number>> = { 4: 255, 6: 90 };

/** How many members may elect a leader: as many as there are priorities. With BGP nobody is elected. */
const mostElectors = 255;

/** Problems of a VipGroup whose shape is right. */
export function vipGroupProblems(group: VipGroup): readonly Problem[] {
  const { spec } = group;
  const addresses = spec.addresses.map(parseIp);
  const listed = addresses.find((address) => address !== undefined)?.family;
  const named = spec.ipFamily === undefined ? undefined : spec.ipFamily === 'IPv6' ? 6 : 4;
  const family = listed ?? named;
  const problems: Problem[] = [...addressListProblems(spec.addresses, addresses), ...memberProblems(group, family)];
  if (spec.protocol !== 'bgp') problems.push(...advertProblems(spec, family));
  if (named !== undefined && listed !== undefined && named !== listed) {
    problems.push({
      path: 'spec.ipFamily',
      message: `is IPv${named}, but the addresses are IPv${listed}: leave it out`,
    });
  }
  problems.push(...drainProblems(spec));
  if (spec.protocol === 'bgp') return [...problems, ...onlyOnProblems(spec)];
  if (spec.vrrp === undefined) {
    problems.push({
      path: 'spec.vrrp',
      message: `is missing: protocol ${spec.protocol} needs spec.vrrp.virtualRouterId`,
    });
  } else {
    problems.push(...vrrpProblems(family === 6 ? { ...spec.vrrp, version: 3 } : spec.vrrp, 'spec.vrrp'));
  }
  problems.push(...virtualMacProblems(spec), ...authenticationProblems(spec), ...unicastProblems(spec));
  if (spec.interface === undefined || spec.interface === '') {
    if (spec.addresses.length > 0) return problems;
    const message = `is missing: protocol ${spec.protocol} announces addresses on a NIC: name it (eth0), or write can_reach:IP`;
    problems.push({ path: 'spec.interface', message });
  } else {
    const choice = parseInterface(spec.interface);
    if (choice.by === 'nothing') problems.push({ path: 'spec.interface', message: choice.reason });
  }
  return problems;
}

/** In a group of an Eip the controller fills in addresses as members report them; in one written by hand nobody does. */
function unicastProblems({ eip, vrrp, members }: VipGroup['spec']): readonly Problem[] {
  if (eip !== undefined || vrrp?.transport !== 'unicast' || members.length < 2) return [];
  return members.flatMap(({ address }, index) => {
    const message =
      "is missing: by unicast the others reach the member there: give its address on the group's NIC (IPv6: the link-local one)";
    return address === undefined ? [{ path: `spec.members[${index}].address`, message }] : [];
  });
}

function addressListProblems(
  texts: readonly string[],
  addresses: readonly (IpAddress | undefined)[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  let family: Family | undefined;
  const say = (index: number, message: string) =>
    problems.push({ path: `spec.addresses[${index}]`, message: `is "${texts[index]}": ${message}` });
  addresses.forEach((address, index) => {
    if (address === undefined) {
      say(index, 'it must be an IPv4 or IPv6 address without a prefix length');
      return;
    }
    family ??= address.family;
    // There is one text for an IPv4 address.
    const text = address.family === 4 ? texts[index]! : formatIp(address);
    const earlier = seen.get(text);
    const unusable = unusableAddress({ family: address.family, first: address.value, last: address.value });
    if (address.family !== family)
      say(index, `a group has addresses of one family, and its first is IPv${family}: put it in another VipGroup`);
    else if (earlier !== undefined) say(index, `the same as spec.addresses[${earlier}]: remove one`);
    else if (unusable !== undefined) say(index, `that is ${unusable}: it cannot be announced`);
    seen.set(text, index);
  });
  return problems;
}

/** What is said of addresses that the group does not have, or of nodes that are no members, is a slip of whoever wrote it. */
function onlyOnProblems({ addresses, members, onlyOn = {} }: VipGroup['spec']): readonly Problem[] {
  const has = new Set(addresses);
  const nodes = new Set(members.map(({ node }) => node));
  return Object.entries(onlyOn).flatMap(([address, names]): Problem[] => {
    const path = `spec.onlyOn.${address}`;
    if (!has.has(address))
      return [{ path, message: 'is not in spec.addresses, written the same way: put it there, or leave it out here' }];
    const stranger = names.find((name) => !nodes.has(name));
    const message = `has "${stranger}", which is none of spec.members: put it there, or leave it out here`;
    return stranger === undefined ? [] : [{ path, message }];
  });
}

/** What one advert has no room for. */
function advertProblems({ addresses, members }: VipGroup['spec'], family: Family | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const max = maxAddresses[family ?? 4];
  if (addresses.length > max) {
    const message = `has ${addresses.length} entries: one advert carries ${max} IPv${family ?? 4} addresses: use another VipGroup for the rest`;
    problems.push({ path: 'spec.addresses', message });
  }
  if (members.length > mostElectors) {
    const message = `has ${members.length} entries: at most ${mostElectors} nodes can elect a leader: leave out the rest`;
    problems.push({ path: 'spec.members', message });
  }
  return problems;
}

function memberProblems({ spec }: VipGroup, family: Family | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const nodes = new Map<string, number>();
  const priorities = new Map<number, number>();
  for (const [index, member] of spec.members.entries()) {
    const path = `spec.members[${index}]`;
    const sameNode = nodes.get(member.node);
    const samePriority = priorities.get(member.priority);
    if (sameNode !== undefined) {
      problems.push({
        path: `${path}.node`,
        message: `is "${member.node}", as in spec.members[${sameNode}]: a node is a member once`,
      });
    } else if (samePriority !== undefined && spec.protocol !== 'bgp') {
      const message = `is ${member.priority}, as in spec.members[${samePriority}]: give each member a priority of its own, 20 apart, so that backups do not take over together`;
      problems.push({ path: `${path}.priority`, message });
    }
    nodes.set(member.node, index);
    priorities.set(member.priority, index);
    if (member.address === undefined) continue;
    const address = parseIp(member.address);
    if (address === undefined) {
      problems.push({ path: `${path}.address`, message: `is "${member.address}": it must be an IP address` });
    } else if (family !== undefined && address.family !== family) {
      const message = `is "${member.address}": adverts of IPv${family} addresses come from an IPv${family} address`;
      problems.push({ path: `${path}.address`, message });
    }
  }
  return problems;
}
