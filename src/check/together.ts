/** What is wrong with objects only beside each other. Takes time in how many there are, not in their pairs. */
import { defaultEipAnnotation } from '../api/annotations.js';
import { madeFromLabel } from '../api/origin.js';
import { fields } from '../convert/document.js';
import { formatIp, parseIp } from '../core/ip/address.js';
import { formatRange, type IpRange, overlap, parsePool } from '../core/ip/range.js';
import type { Finding, Severity } from './finding.js';
import type { OwnKind } from './judge.js';
import type { Placed } from './objects.js';

export interface Judged extends Placed {
  readonly kind: OwnKind | 'Service' | 'other';
}

/** In the order of the files, so that what comes later is told of what comes before. */
export function togetherFindings(objects: readonly Judged[]): readonly Finding[] {
  const eips = objects.filter(({ kind }) => kind === 'Eip');
  const groups = objects.filter(({ kind }) => kind === 'VipGroup');
  return [
    ...namesakes(objects),
    ...overlaps(eips),
    ...secondDefaults(eips),
    ...addressesOfTwo(groups),
    ...sameIds(groups),
  ];
}

function finding(placed: Placed, path: string, message: string, severity: Severity = 'error'): Finding {
  return { file: placed.file, line: placed.lineOf(path), object: placed.called, path, message, severity };
}

function placeOf(placed: Placed): string {
  return `${placed.called} (${placed.file}:${placed.lineOf('metadata.name')})`;
}

/** Two of one name: only one of them can be. */
function namesakes(objects: readonly Judged[]): readonly Finding[] {
  const first = new Map<string, Judged>();
  return objects.flatMap((each) => {
    const { name, namespace } = fields(fields(each.value).metadata);
    if (each.kind === 'other' || typeof name !== 'string') return [];
    const key = JSON.stringify([each.kind, each.kind === 'Service' ? (namespace ?? 'default') : '', name]);
    const earlier = first.get(key);
    first.set(key, earlier ?? each);
    if (earlier === undefined) return [];
    const message = `is also that of ${placeOf(earlier)}: give each ${each.kind} a name of its own`;
    return [finding(each, 'metadata.name', message)];
  });
}

/** Addresses that two Eips have: the later one gives out nothing. */
function overlaps(eips: readonly Judged[]): readonly Finding[] {
  const owned = eips.flatMap((eip, at) => rangesOf(eip).map((range) => ({ range, at })));
  const found = new Map<string, { readonly first: number; readonly second: number; readonly common: IpRange }>();
  for (const family of [4, 6] as const) {
    const sorted = owned
      .filter(({ range }) => range.family === family)
      .sort((a, b) => (a.range.first < b.range.first ? -1 : 1));
    let furthest: (typeof sorted)[number] | undefined;
    for (const each of sorted) {
      if (furthest !== undefined && each.range.first <= furthest.range.last && each.at !== furthest.at) {
        const [first, second] = each.at < furthest.at ? [each.at, furthest.at] : [furthest.at, each.at];
        const common = overlap([each.range], [furthest.range]);
        const key = `${first} ${second}`;
        if (common !== undefined && !found.has(key)) found.set(key, { first, second, common });
      }
      if (furthest === undefined || each.range.last > furthest.range.last) furthest = each;
    }
  }
  return [...found.values()].flatMap(({ first, second, common }) => {
    const [elder, eip] = [eips[first], eips[second]];
    if (elder === undefined || eip === undefined) return [];
    const message = `holds ${formatRange(common)}, which belongs to ${placeOf(elder)} already: leave it out here or there`;
    return [finding(eip, 'spec.address', message)];
  });
}

function rangesOf({ value }: Placed): readonly IpRange[] {
  const { address } = fields(fields(value).spec);
  const parsed = typeof address === 'string' ? parsePool(address) : undefined;
  return parsed?.ok ? parsed.ranges : [];
}

function secondDefaults(eips: readonly Judged[]): readonly Finding[] {
  const [first, ...more] = eips.filter(({ value }) => {
    const { annotations, labels } = fields(fields(value).metadata);
    return fields(annotations)[defaultEipAnnotation] === 'true' && fields(labels)[madeFromLabel] === undefined;
  });
  if (first === undefined) return [];
  return more.map((each) => {
    const message = `is "true", but ${placeOf(first)} is the default already: take the annotation off one of them`;
    return finding(each, `metadata.annotations["${defaultEipAnnotation}"]`, message);
  });
}

/** An address that two groups have is answered by two leaders. */
function addressesOfTwo(groups: readonly Judged[]): readonly Finding[] {
  const holders = new Map<string, Judged>();
  return groups.flatMap((group) => {
    const { addresses, protocol } = fields(fields(group.value).spec);
    if (!Array.isArray(addresses) || protocol === 'bgp') return [];
    return addresses.flatMap((text: unknown, at): readonly Finding[] => {
      const address = typeof text === 'string' ? parseIp(text) : undefined;
      if (address === undefined) return [];
      const key = formatIp(address);
      const holder = holders.get(key);
      holders.set(key, holder ?? group);
      if (holder === undefined || holder === group) return [];
      const message = `is ${key}, which ${placeOf(holder)} has as well: both would answer for it: leave it out here or there`;
      return [finding(group, `spec.addresses[${at}]`, message, 'warning')];
    });
  });
}

/** On one NIC two groups of one family cannot have one virtual router ID. */
function sameIds(groups: readonly Judged[]): readonly Finding[] {
  const users = new Map<string, Judged>();
  return groups.flatMap((group) => {
    const { interface: nic, vrrp, ipFamily, addresses, members, protocol } = fields(fields(group.value).spec);
    const { virtualRouterId } = fields(vrrp);
    const [some] = Array.isArray(addresses) ? addresses : [];
    const family = typeof some === 'string' ? parseIp(some)?.family : ipFamily === 'IPv6' ? 6 : 4;
    if (typeof nic !== 'string' || typeof virtualRouterId !== 'number' || protocol === 'bgp') return [];
    const nodes = Array.isArray(members) ? members.map((each) => fields(each).node) : [];
    const keys = nodes.map((node) => JSON.stringify([node, nic, family, virtualRouterId]));
    const other = keys.map((key) => users.get(key)).find((each) => each !== undefined && each !== group);
    for (const key of keys) if (!users.has(key)) users.set(key, group);
    if (other === undefined) return [];
    const message = `is ${virtualRouterId}, as that of ${placeOf(other)} on the same NIC of one of its members: give each group there its own`;
    return [finding(group, 'spec.vrrp.virtualRouterId', message, 'warning')];
  });
}
