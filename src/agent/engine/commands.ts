/** What the main thread asks of the engine. */

import { removeLeftovers } from './leftovers.js';
import { add, reconfigure, release } from './lifecycle.js';
import type { GroupConfig } from './messages.js';
import { perform } from './perform.js';
import type { EngineState } from './state.js';

/** Takes in groups that are new or changed, and releases others. The first call also removes an earlier life's leftovers. */
export function configure(e: EngineState, set: readonly GroupConfig[], releases: readonly string[]): void {
  const now = e.kernel.now();
  e.busySince = Math.min(e.busySince, now);
  if (!e.started) removeLeftovers(set, e.kernel, e.parts.virtualMacs, e.post);
  e.started = true;
  for (const name of releases) {
    const member = e.members.get(name);
    if (member !== undefined) perform(e, release(e, member, undefined, false), now);
  }
  for (const config of set) {
    const member = e.members.get(config.name);
    if (member === undefined) add(e, config);
    else perform(e, reconfigure(e, member, config, now), now);
  }
  e.parts.nodeAddresses.changed();
  perform(e, e.parts.conflicts.review(now), now);
}

/** Releases every group; `released` is posted at the end. */
export function shutdown(e: EngineState, immediate: boolean): void {
  e.closing = true;
  const now = e.kernel.now();
  e.busySince = Math.min(e.busySince, now);
  for (const member of [...e.members.values()]) perform(e, release(e, member, undefined, immediate), e.kernel.now());
}
