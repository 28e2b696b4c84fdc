/** Says of many nodes that their agents live, as these do by their Leases, more rarely: so that the machine is left to what is measured. */
import { setTimeout as wait } from 'node:timers/promises';
import { agentLeaseDurationMs, agentLeaseLabels, agentLeaseName, agentLeaseNode } from '../../src/api/agent-lease.js';
import { forEachBounded } from '../../src/controller/groups/bounded.js';
import { leases } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { microTime } from '../../src/platform/kubernetes/micro-time.js';

/** All Leases are renewed in this time, one after the other: soon enough that one that takes a while counts still, in milliseconds. */
const everyMs = agentLeaseDurationMs - 3_000;

export interface PlayedHeartbeats {
  /** Ends it. How many renewals failed: each leaves its node silent until its turn comes again. */
  stop(): Promise<number>;
}

/** @param namespace that of the programs */
export async function playHeartbeats(
  client: ApiClient,
  namespace: string,
  nodes: readonly string[],
): Promise<PlayedHeartbeats> {
  const own = client.reopen();
  const stated = (node: string) => ({
    holderIdentity: node,
    leaseDurationSeconds: agentLeaseDurationMs / 1000,
    renewTime: microTime(Date.now()),
  });
  await forEachBounded(nodes, 8, async (node) => {
    const metadata = {
      name: agentLeaseName(node),
      namespace,
      labels: agentLeaseLabels,
      annotations: { [agentLeaseNode]: node },
    };
    await own.create(leases, { metadata, spec: stated(node) } as Parameters<typeof own.create>[1]);
  });
  let stopped = false;
  const renew = async () => {
    const pending = new Set<Promise<unknown>>();
    let failed = 0;
    const began = performance.now();
    for (let at = 0; !stopped; at++) {
      await wait(Math.max(0, began + (at * everyMs) / nodes.length - performance.now()));
      const node = nodes[at % nodes.length]!;
      const renewal = own
        .mergePatch(leases, `${namespace}/${agentLeaseName(node)}`, { spec: stated(node) })
        .catch(() => {
          failed += 1;
        })
        .finally(() => pending.delete(renewal));
      pending.add(renewal);
    }
    await Promise.all(pending);
    return failed;
  };
  const renewing = renew();
  return {
    async stop() {
      stopped = true;
      const failed = await renewing;
      own.close();
      return failed;
    },
  };
}
