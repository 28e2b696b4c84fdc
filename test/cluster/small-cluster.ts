import { join } from 'node:path';
import { startApiServer } from '../apiserver/server.js';
import type { Cluster } from './harness.js';
import { createAuthorizer, refusedCalls } from './rbac/record.js';

/** Starts the small API server of test/apiserver in this process. */
export async function startSmallCluster(options: { dir: string; address: string }): Promise<Cluster> {
  const server = await startApiServer({ address: options.address, authorize: createAuthorizer(options.dir) });
  const kubeconfig = await server.kubeconfig(join(options.dir, 'kubeconfig'));
  return {
    kind: 'small',
    kubeconfig,
    url: server.url,
    faults: server.faults,
    refused: () => refusedCalls(options.dir),
    restart: (pauseMs = 0) => server.faults.restart(pauseMs),
    stop: server.stop,
  };
}
