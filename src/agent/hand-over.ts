/**
 * An agent stops in order: it takes no more orders, lets go of what it has, and says a last word of it. Neither whoever gives orders nor
 * whoever is told may hold that up: a read from a network file system whose server is gone never ends.
 */
import type { Logger } from '../platform/observability/log.js';
import type { Agent } from './agent.js';
import type { BgpManager } from './bgp/manager.js';
import type { Feed } from './feeds/contract.js';

/** How long a source may take to stop, and a feed to close, whose own bounds are shorter, in milliseconds. */
const bounds = { source: 1_000, feed: 2_000 };

/** @param o.feed undefined, as the agent, where the start has not come that far */
export async function handOver(o: {
  readonly feed: (Pick<Feed, 'farewell' | 'close'> & { readonly source: Pick<Feed['source'], 'stop'> }) | undefined;
  readonly agent: Pick<Agent, 'release'> | undefined;
  readonly bgp: Pick<BgpManager, 'peers' | 'leave'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly boundsMs?: typeof bounds;
}): Promise<'done'> {
  const { feed, agent, bgp, log, boundsMs = bounds } = o;
  const farewell = (await feed?.farewell()) ?? { how: 'restart' };
  if ((await within(boundsMs.source, feed?.source.stop())) === 'late')
    log.warn('what says which groups there are takes too long to stop: going on without it', {
      boundMs: boundsMs.source,
    });
  if (bgp.peers().length > 0) log.info('leaving routers', farewell);
  await Promise.all([agent?.release('in-order'), bgp.leave(farewell)]);
  await within(boundsMs.feed, feed?.close());
  return 'done';
}

/** Calls each, the last first. Waits for what one gives before the next, but not for longer than the bound, in milliseconds. */
export async function closeAll(closers: readonly (() => unknown)[], boundMs: number): Promise<void> {
  for (const close of [...closers].reverse()) await within(boundMs, Promise.resolve(close()));
}

/** What a promise resolves to, or `late` when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T> | undefined): Promise<T | 'late' | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
