/**
 * Makes the endpoints of an EndpointSlice of the default namespace ready, and not ready, over one open connection. arguments: KUBECONFIG
 * SLICE. Each line on stdin is the endpoints from now on, in JSON; for each it prints `written BEFORE AFTER`, the instants around the
 * request. For each VipGroup that is seen changing, `group INSTANT`. Ends when its stdin does.
 */
import { createInterface } from 'node:readline';
import { vipGroups } from '../../../src/controller/objects/resources.js';
import { endpointSlicesBeta } from '../../../src/platform/kubernetes/builtin-resources.js';
import { startCache } from '../../../src/platform/kubernetes/cache.js';
import { openClient } from '../../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../../src/platform/kubernetes/connection.js';
import type { KubernetesObject } from '../../../src/platform/kubernetes/resource.js';
import { monotonicMicros } from '../clock.js';

const [kubeconfig, slice = ''] = process.argv.slice(2);
const client = openClient(await loadConnection({ kubeconfig, env: {} }));
const specs = new Map<string, string>();
const groups = startCache<KubernetesObject & { readonly spec?: object }>(client, vipGroups, {
  onChange(key, object) {
    const spec = JSON.stringify(object?.spec);
    if (specs.get(key) === spec) return; // its status
    specs.set(key, spec);
    process.stdout.write(`group ${monotonicMicros()}\n`);
  },
});
await groups.synced;
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const before = monotonicMicros();
  await client.mergePatch(endpointSlicesBeta, `default/${slice}`, { endpoints: JSON.parse(line) });
  process.stdout.write(`written ${before} ${monotonicMicros()}\n`);
}
process.exit(0);
