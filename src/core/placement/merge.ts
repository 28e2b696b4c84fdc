/** One group less: the addresses of one go to others that can announce them. */
import type { Family } from '../ip/address.js';
import { type Draft, hasRoom, isForsaken, isOpen, join, maxAddresses, sort } from './draft.js';
import { common } from './node-set.js';

/** Takes one group out of `plan`; false when each has addresses that no other can take. */
export function merge(plan: Draft[], family: Family): boolean {
  const groups = plan.filter((draft) => draft.family === family && !isForsaken(draft));
  return mergeOpen(plan, groups.filter(isOpen)) || mergeAlike(plan, groups);
}

/** Groups that only spread the load lose nothing but that: the one with the fewest addresses goes, and those go where the fewest are. */
function mergeOpen(plan: Draft[], open: readonly Draft[]): boolean {
  if (open.length < 2) return false;
  const least = open.reduce((best, draft) => (draft.addresses.length <= best.addresses.length ? draft : best));
  const others = open.filter((draft) => draft !== least);
  const room = others.reduce((sum, { family, addresses }) => sum + maxAddresses[family] - addresses.length, 0);
  if (room < least.addresses.length) return false;
  for (const item of least.addresses) {
    const [first, ...rest] = others.filter((draft) => hasRoom(draft));
    join(
      rest.reduce((best, draft) => (draft.addresses.length < best.addresses.length ? draft : best), first!),
      item,
    );
  }
  plan.splice(plan.indexOf(least), 1);
  return true;
}

/** The two whose nodes differ least become one, in the place of the one with more addresses. */
function mergeAlike(plan: Draft[], groups: readonly Draft[]): boolean {
  let best: { readonly from: Draft; readonly to: Draft; readonly likeness: number } | undefined;
  for (const [at, a] of groups.entries()) {
    for (const b of groups.slice(at + 1)) {
      const [to, from] = a.addresses.length >= b.addresses.length ? [a, b] : [b, a];
      const likeness = likenessOf(a, b);
      if (likeness > (best?.likeness ?? 0) && hasRoom(to, from.addresses.length)) best = { from, to, likeness };
    }
  }
  if (best === undefined) return false;
  const { from, to } = best;
  for (const item of from.addresses) join(to, item);
  sort(to);
  plan.splice(plan.indexOf(from), 1);
  return true;
}

/** The share of the nodes that are left, 0 to 1. A group that any node may lead is the last to be narrowed. */
function likenessOf(a: Draft, b: Draft): number {
  const left = common(a.nodes, b.nodes);
  if (left === undefined) return 1;
  const most = Math.max(a.nodes?.size ?? Number.POSITIVE_INFINITY, b.nodes?.size ?? Number.POSITIVE_INFINITY);
  if (most === Number.POSITIVE_INFINITY) return left.size === 0 ? 0 : Number.MIN_VALUE;
  return left.size / most;
}
