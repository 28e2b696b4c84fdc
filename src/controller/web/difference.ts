/** What is to be told of two views to somebody who has the first: pure. */
import { sameJson } from '../objects/same-json.js';
import type { Change, Lists, View } from './contract.js';

const lists: readonly Lists[] = ['pools', 'groups', 'nodes', 'routers'];

/** Undefined: nothing. */
export function difference(before: View, after: View): Change | undefined {
  const put: Record<string, unknown> = {};
  const gone: Record<string, readonly string[]> = {};
  for (const list of lists) {
    const known = new Map<string, unknown>(before[list].map((entry) => [entry.name, entry]));
    const news = after[list].filter((entry) => {
      const old = known.get(entry.name);
      known.delete(entry.name);
      return !sameJson(old, entry);
    });
    if (news.length > 0) put[list] = news;
    if (known.size > 0) gone[list] = [...known.keys()];
  }
  const touch = before.outOfTouch === after.outOfTouch ? {} : { outOfTouch: after.outOfTouch ?? null };
  const same = [put, gone, touch].every((each) => Object.keys(each).length === 0);
  return same ? undefined : { ...touch, put, gone };
}
