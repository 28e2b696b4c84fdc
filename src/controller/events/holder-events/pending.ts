/** Services that are to be looked at, some time after something has changed, and no more at a time than the rate allows. */
import { parseIp } from '../../../core/ip/address.js';
import { type HolderEventsState, rate } from './state.js';
import { type Item, newsFor, tell } from './tell.js';

/** How long changes are gathered: a failover moves many groups, and their agents write one after the other. In milliseconds. */
export const gatherMs = 500;

/** How long it is waited for further nodes to tell routers of an address, before it is said which do, in milliseconds. */
const fewMs = 3_000;

/** News that had to wait for longer is not told any more, in milliseconds. */
const patienceMs = 60_000;

export function add(h: HolderEventsState, key: string): void {
  if (!h.leading) return;
  h.looked(key);
  if (!h.pending.has(key)) h.pending.set(key, h.context.clock.now());
  wakeIn(h, gatherMs);
}

/** The Services that have the address. */
export function addHolders(h: HolderEventsState, text: string): void {
  const address = h.leading ? parseIp(text) : undefined;
  if (address !== undefined) for (const { key } of h.context.assignments.ledger.holders(address)) add(h, key);
}

function wakeIn(h: HolderEventsState, ms: number): void {
  const { clock } = h.context;
  const at = clock.now() + ms;
  if (h.wake !== undefined && h.wake.at <= at) return;
  h.wake?.cancel();
  const cancel = clock.after(ms, () => {
    h.wake = undefined;
    const nextMs = work(h);
    if (nextMs !== undefined) wakeIn(h, nextMs);
  });
  h.wake = { at, cancel };
}

/** Looks at those that have waited for long enough. Returns in how many milliseconds to go on; undefined: nobody waits. */
function work(h: HolderEventsState): number | undefined {
  const { bucket, context, counts, pending } = h;
  const { clock } = context;
  let nextMs = Number.POSITIVE_INFINITY;
  for (const [key, since] of pending) {
    const waited = clock.now() - since;
    // Those that come after it have waited for less.
    if (waited < gatherMs) return Math.min(nextMs, gatherMs - waited);
    const news = newsFor(h, key);
    if (waited < fewMs && news.some(isOfFew)) {
      nextMs = Math.min(nextMs, fewMs - waited);
      continue;
    }
    if (news.length > 0) {
      if (clock.now() - since > patienceMs) counts.dropped += 1;
      else if (!bucket.tryTake(clock.now())) return 1000 / rate.perSecond;
      else tell(h, key, news);
    }
    pending.delete(key);
  }
  return pending.size > 0 ? nextMs : undefined;
}

/** Whether more nodes than have told routers of it are to. */
function isOfFew({ now }: Item): boolean {
  return now.by === 'nodes' && now.nodes.length < now.of;
}
