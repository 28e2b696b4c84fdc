/** Writes this node's part of one status. */
import { isAbsent } from '../../../platform/kubernetes/api-error.js';
import { agentFieldManager } from '../field-manager.js';
import { type BgpStatusState, placeOf } from './state.js';

/** No object is written more often, in milliseconds. */
const spacingMs = 1_000;
/** How many routes a router was told changes with every Service: it alone is no reason to write, but once in a while. */
const countsEveryMs = 60_000;

/** Returns after how many milliseconds to try again what would come too soon. */
export async function write(w: BgpStatusState, key: string): Promise<undefined | { readonly after: number }> {
  const { client, clock, node, written } = w;
  const part = w.wanted.get(key);
  const text = JSON.stringify(part?.status);
  const before = written.get(key);
  if (before === undefined ? part === undefined : before.text === text) return undefined;
  const everyMs =
    before !== undefined && withoutCounts(before.text) === withoutCounts(text) ? countsEveryMs : spacingMs;
  const waitMs = before === undefined ? 0 : before.at + everyMs - clock.now();
  if (waitMs > 0) return { after: waitMs };
  const { resource, name } = placeOf(key);
  // A manager of its own, so that what the status of elections takes back is not ours.
  const fieldManager = agentFieldManager(node, 'bgp');
  try {
    const body = part === undefined ? {} : { status: part.status };
    await client.apply(resource, name, body, { fieldManager, force: true, subresource: 'status' });
  } catch (error) {
    if (!isAbsent(error)) throw error; // deleted meanwhile: nobody wants to know any more
  }
  if (part === undefined) written.delete(key);
  else written.set(key, { text, at: clock.now() });
  return undefined;
}

function withoutCounts(text: string | undefined): string {
  return (text ?? '').replace(/"prefixesSent":\d+/g, '');
}
