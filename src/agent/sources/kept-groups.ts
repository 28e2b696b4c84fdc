/**
 * The groups that an agent goes by, and which of them somebody deleted while they had addresses: pure, instants are monotonic milliseconds.
 *
 * A controller takes a group's addresses away before it deletes it. So one that was deleted with addresses is kept until it is made anew with
 * some, until other groups have its addresses, or until a controller that is known to live has had time to make it and did not (decision 36).
 */
import type { VipGroup } from '../../api/vip-group.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';

export interface KeptGroups {
  /** By name, what the node goes by. */
  readonly groups: Map<string, VipGroup>;
  /** Those of them that are not there any more. */
  readonly kept: Map<string, Kept>;
}

interface Kept {
  readonly since: number;
  /** The group that was made anew and has no addresses yet. */
  successor: VipGroup | undefined;
  /** The version of the controllers' Lease when it was first looked at after `since`; empty where there was none. */
  leaseVersion: string | undefined;
  /** When a controller was seen to live, after `since`. */
  controllerAt: number | undefined;
}

/** What is known of the Lease by which controllers lead: that there is none, or that it could not be read, is no sign of life. */
export type LeaseSeen = Lease | 'absent' | 'unknown';

/** How long a controller that lives has to make a group anew: its first look at a large cluster takes a while. */
export const madeAnewMs = 10_000;
/** The longest that a group is kept while no controller lives: as long as Kubernetes takes to replace one whose node is lost, and some. */
export const longestKeptMs = 600_000;

export function newKeptGroups(): KeptGroups {
  return { groups: new Map(), kept: new Map() };
}

/** It is there, as it is now. @returns whether what the node goes by has changed */
export function isThere(state: KeptGroups, name: string, group: VipGroup, now: number): boolean {
  const { groups, kept } = state;
  const deleted = kept.get(name);
  if (deleted !== undefined && group.spec.addresses.length === 0) {
    deleted.successor = group;
    deleted.controllerAt ??= now;
    return false;
  }
  kept.delete(name);
  const changed = !sameSpec(groups.get(name), group);
  if (changed) groups.set(name, group);
  const left = leaveAddresses(state, group);
  return changed || left;
}

/** It was deleted. @returns as `isThere` */
export function isDeleted(state: KeptGroups, name: string, now: number): boolean {
  const { groups, kept } = state;
  const group = groups.get(name);
  // One that was made by hand has no Eip, and nobody who makes it anew.
  if (group?.spec.eip === undefined || group.spec.addresses.length === 0) return isNoConcern(state, name);
  const before = kept.get(name);
  if (before !== undefined) {
    before.successor = undefined;
    return false;
  }
  const present = addressesPresent(state, name);
  const addresses = group.spec.addresses.filter((each) => !present.has(each));
  if (addresses.length === 0) return isNoConcern(state, name);
  kept.set(name, { since: now, successor: undefined, leaseVersion: undefined, controllerAt: undefined });
  return keepOnly(state, name, addresses);
}

/** What the groups that are there have, but one. */
function addressesPresent({ groups, kept }: KeptGroups, but: string): ReadonlySet<string> {
  const there = [...groups].filter(([name]) => name !== but && !kept.has(name));
  return new Set(there.flatMap(([, { spec }]) => spec.addresses));
}

/** @returns as `isThere` */
function keepOnly({ groups }: KeptGroups, name: string, addresses: VipGroup['spec']['addresses']): boolean {
  const group = groups.get(name)!;
  if (addresses.length === group.spec.addresses.length) return false;
  groups.set(name, { ...group, spec: { ...group.spec, addresses, addressCount: addresses.length } });
  return true;
}

/** This node has no part in it any more, or never had. @returns as `isThere` */
export function isNoConcern({ groups, kept }: KeptGroups, name: string): boolean {
  kept.delete(name);
  return groups.delete(name);
}

/** A group that is kept no more, and why. */
export interface Ended {
  readonly name: string;
  readonly why: string;
}

/** Looks which groups have been kept for long enough. @param askedAt when the Lease was asked for */
export function endKeeping(
  { groups, kept }: KeptGroups,
  { lease, askedAt, now }: { readonly lease: LeaseSeen; readonly askedAt: number; readonly now: number },
): readonly Ended[] {
  const ended = [...kept].filter(([, each]) => {
    if (lease !== 'unknown' && each.since <= askedAt) noteLease(each, lease, now);
    const { since, controllerAt = Number.POSITIVE_INFINITY } = each;
    return now - since >= longestKeptMs || now - controllerAt >= madeAnewMs;
  });
  for (const [name, { successor }] of ended) {
    kept.delete(name);
    if (successor === undefined) groups.delete(name);
    else groups.set(name, successor);
  }
  return ended.map(([name, { successor }]) => ({
    name,
    why: successor === undefined ? 'nobody has made it anew' : 'it was made anew without addresses',
  }));
}

/** A Lease that changes is renewed by somebody who lives: no clock but the own has to be right. */
function noteLease(each: Kept, lease: Lease | 'absent', now: number): void {
  const version = lease === 'absent' ? '' : (lease.metadata.resourceVersion ?? '');
  each.leaseVersion ??= version;
  const isHeld = lease !== 'absent' && Boolean(lease.spec?.holderIdentity);
  if (isHeld && version !== each.leaseVersion) each.controllerAt ??= now;
}

/** What a group has that is there has left those that are kept. */
function leaveAddresses(state: KeptGroups, { spec }: VipGroup): boolean {
  const { groups, kept } = state;
  const has = new Set(spec.addresses);
  let changed = false;
  for (const [name, { successor }] of kept) {
    const group = groups.get(name)!;
    const addresses = group.spec.addresses.filter((each) => !has.has(each));
    if (addresses.length > 0) {
      changed = keepOnly(state, name, addresses) || changed;
      continue;
    }
    changed = true;
    kept.delete(name);
    if (successor === undefined) groups.delete(name);
    else groups.set(name, successor);
  }
  return changed;
}

function sameSpec(a: VipGroup | undefined, b: VipGroup): boolean {
  return a !== undefined && JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
