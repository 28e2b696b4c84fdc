import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Changes, watchWorld } from '../../../../src/controller/cache/world.js';
import type { CallOptions } from '../../../../src/platform/kubernetes/call.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import type { Apis } from '../../../../src/platform/kubernetes/discovery.js';
import { newReach } from '../../../../src/platform/kubernetes/reach.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';

/** Of a server that never answers. */
const silent = {
  reach: newReach(),
  request: ({ signal }: CallOptions) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
} as unknown as ApiClient;

describe('what is known of the cluster', () => {
  it('can be let go of before all of it was read, by who does not wait for it', async () => {
    const world = watchWorld(silent, { has: () => false } as unknown as Apis, {} as Changes, {
      log: silentLogger(),
    });
    assert.match(world.problem() ?? '', /waiting for the first list/);
    const untaken: unknown[] = []; // each ends a process
    const note = (reason: unknown) => untaken.push(reason);
    process.on('unhandledRejection', note);
    await world.stop();
    await setImmediate();
    process.off('unhandledRejection', note);
    assert.deepEqual(untaken, []);
    await assert.rejects(world.synced, /stopped before its first list/);
  });
});
