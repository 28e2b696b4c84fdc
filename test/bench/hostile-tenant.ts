/**
 * What a tenant who may patch one Service can do to the built controller: memory before and after many changes of a large annotation, and
 * how long another Service waits for its address meanwhile.
 *
 *   node scripts/build.mjs && node --import=tsx test/bench/hostile-tenant.ts [--changes 1200] [--kilobytes 250]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { services } from '../../src/platform/kubernetes/builtin-resources.js';
import { openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { startBuiltController } from '../cluster/built-controller.js';
import { startCluster } from '../cluster/harness.js';
import { createPool, createService, servedAddresses } from '../cluster/service-load.js';
import { eventually } from '../lab/eventually.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: { changes: { type: 'string', default: '1200' }, kilobytes: { type: 'string', default: '250' } },
});
const [changes, characters] = [Number(values.changes), Number(values.kilobytes) * 1000];
const poolAnnotation = 'eip.openelb.kubesphere.io/v1alpha2';

/** The values that the annotation goes through, each time another. */
const attacks: Readonly<Record<string, (at: number) => object>> = {
  'an annotation of nobody': (at) => ({ 'example.com/large': `${at}${'x'.repeat(characters)}` }),
  'the name of an Eip': (at) => ({ [poolAnnotation]: `${at}${'x'.repeat(characters)}` }),
  'a list of one Eip': (at) => ({ [poolAnnotation]: `${'l,'.repeat(characters / 2 - at)}lan` }),
  'an address asked for': (at) => ({ 'eip.openelb.kubesphere.io/v1alpha1': `${at}${'x'.repeat(characters)}` }),
};

const cluster = await startCluster();
const client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
const { kubectl } = await unpackTools();
await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, 'apply', '-f', join(projectRoot(), 'deploy/crds')]);
await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, 'create', 'namespace', 'openelb-system']);
const controller = await startBuiltController(cluster);
try {
  await createPool(client, 'lan', '192.0.2.0/24');
  await createService(client, 'hostile', 'lan');
  await controller.settled(30_000);
  const rows: (readonly string[])[] = [];
  for (const [attack, annotations] of Object.entries(attacks)) {
    const before = controller.memory().now;
    const waits: number[] = [];
    for (let at = 0; at < changes; at += 1) {
      await client.mergePatch(services, 'default/hostile', { metadata: { annotations: annotations(at) } });
      if (at % Math.ceil(changes / 10) !== 0) continue;
      const name = `other-${Object.keys(attacks).indexOf(attack)}-${at}`;
      const began = performance.now();
      await createService(client, name, 'lan');
      await eventually(`${name} is served`, async () => (await servedAddresses(client)).has(name), { everyMs: 5 });
      waits.push(performance.now() - began);
    }
    await controller.settled(60_000);
    const { now, peak } = controller.memory();
    const worst = Math.max(...waits);
    rows.push([attack, figure(before), figure(now), figure(peak), figure(worst)]);
    const cleared = Object.fromEntries(Object.keys(annotations(0)).map((key) => [key, null]));
    await client.mergePatch(services, 'default/hostile', { metadata: { annotations: cleared } });
  }
  const head = ['what is changed', 'MB before', 'MB after', 'MB at most so far', 'ms another Service waits'];
  console.log(`${changes} changes of ${characters} characters on the ${cluster.kind} API server`);
  console.log(table(head, rows));
} finally {
  await controller.stop();
  client.close();
  await cluster.stop();
}
