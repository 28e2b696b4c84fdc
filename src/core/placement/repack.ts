/**
 * The last means for an address that has no group: all addresses of a family are put together anew, so that they need fewer groups. It moves
 * addresses that are announced, which is better than one that is not.
 */
import type { Family } from '../ip/address.js';
import { clusters, couldShare } from './clusters.js';
import { type Draft, type Item, join, maxAddresses, newDraft, sort } from './draft.js';

/** @returns the addresses that had no group before and have one now: all of them, or none, with nothing changed */
export function repack(plan: readonly Draft[], family: Family, waiting: readonly Item[]): readonly Item[] {
  const drafts = plan.filter((draft) => draft.family === family);
  const lacking = waiting.filter(({ address, nodes }) => address.family === family && nodes?.size !== 0);
  const items = [...drafts.flatMap(({ addresses }) => addresses), ...lacking];
  const packed = clusters(items, maxAddresses[family], couldShare);
  if (lacking.length === 0 || packed.length > drafts.length) return [];
  const free = new Set(drafts);
  const former = new Map(drafts.flatMap((draft) => draft.addresses.map((item) => [item, draft] as const)));
  for (const cluster of [...packed].sort((a, b) => b.items.length - a.items.length)) {
    const votes = new Map([...free].map((draft) => [draft, 0]));
    for (const item of cluster.items) {
      const draft = former.get(item);
      if (draft !== undefined && votes.has(draft)) votes.set(draft, votes.get(draft)! + 1);
    }
    const [[draft]] = [...votes].sort(([, a], [, b]) => b - a) as [[Draft, number], ...[Draft, number][]];
    free.delete(draft);
    Object.assign(draft, { ...newDraft(draft.name, family), existing: draft.existing });
    for (const item of cluster.items) join(draft, item);
    sort(draft);
  }
  for (const draft of free) Object.assign(draft, { ...newDraft(draft.name, family), existing: draft.existing });
  return lacking;
}
