// Two controllers that both act, without an election, and are killed at random writes, while Services come, change and go.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { hasStatus } from '../../src/platform/kubernetes/api-error.js';
import { nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { createRandom } from '../simulation/random.js';
import { type Cluster, startCluster } from './harness.js';
import { type History, watchGroups, watchServices } from './rivals/history.js';
import { type Rival, startRival } from './rivals/rival.js';
import type { Fate } from './rivals/write-gate.js';

/** Addresses of the pool, and how many Services there are at most while they churn: none needs to wait for long. */
const poolSize = 32;
const names = Array.from({ length: 24 }, (_, at) => `churn-${at}`);
const churnMs = Number(process.env.OPENELB_CHURN_MS ?? 14_000);
const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };

describe('two controllers that act at once, killed at random writes', function () {
  this.timeout(180_000);
  const seed = process.env.OPENELB_SEED ?? String(Date.now());
  const random = createRandom(seed);
  let folder: string;
  let cluster: Cluster;
  let client: ApiClient;
  let history: History;
  let groupHistory: History;
  let rivals: readonly Rival[] = [];
  let churning = true;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openelb-rivals-'));
    cluster = await startCluster();
    const { kubectl } = await unpackTools();
    const run = (...args: readonly string[]) => execa(kubectl, ['--kubeconfig', cluster.kubeconfig, ...args]);
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    await run('apply', '-f', join(projectRoot(), 'deploy/crds'));
    await run('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await run('create', 'namespace', 'openelb-system');
    await run('create', 'namespace', 'churn');
    for (const name of ['n1', 'n2', 'n3']) await client.create(nodes, { metadata: { name } });
    await client.create(eips, {
      metadata: { name: 'lan', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } },
      spec: { address: '192.0.2.0/27', protocol: 'vip', interface: 'eth0' },
    } as { metadata: { name: string } });
    history = await watchServices(cluster, 'churn');
    groupHistory = await watchGroups(cluster);
    rivals = await Promise.all(
      (['a', 'b'] as const).map((name) =>
        startRival(cluster, { name, folder, fateOf: mortal(), lateMs: (path) => lateness(name, path) }),
      ),
    );
  });
  after(async () => {
    for (const rival of rivals) await rival.stop();
    history?.close();
    groupHistory?.close();
    client?.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Each hears of one kind late, and of the other at once. */
  const lateness = (name: 'a' | 'b', path: string) =>
    (name === 'a' ? /\/vipgroups\?/ : /\/services\?/).test(path) ? 1_500 : 0;
  /** Dies at one of its first writes, or after it has got on for a while. */
  const mortal = () => {
    let writesToLive = random.whole(1, 60);
    return (): Fate => {
      if (!churning) return 'pass';
      writesToLive -= 1;
      if (writesToLive > 0) return 'pass';
      writesToLive = random.whole(1, 60);
      return random.pick(['before', 'after'] as const);
    };
  };

  const listed = async () => {
    const { items, metadata } = await client.list<Service>(services);
    const ours = items.filter(({ metadata: { namespace } }) => namespace === 'churn');
    return { items: ours, resourceVersion: metadata.resourceVersion ?? '' };
  };
  const ingressOf = ({ status }: Service) => (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '');
  const create = (name: string, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'churn', annotations: optIn },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);

  /** One thing that a user may do. */
  const act = async () => {
    const name = random.pick(names);
    const key = `churn/${name}`;
    const chance = random.fraction();
    const patch = (body: object) => client.mergePatch(services, key, body);
    try {
      if (chance < 0.45) await create(name, random.chance(0.3) ? { loadBalancerIP: someAddress() } : {});
      else if (chance < 0.65) await client.remove(services, key);
      else if (chance < 0.75) await patch({ metadata: { annotations: { 'lb.kubesphere.io/v1alpha1': null } } });
      else if (chance < 0.85) await patch({ metadata: { annotations: optIn } });
      else await patch({ spec: { loadBalancerIP: random.chance(0.5) ? someAddress() : null } });
    } catch (error) {
      if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error; // it is there already, or not
    }
  };
  const someAddress = () => `192.0.2.${random.whole(0, 9)}`;
  const deathsOf = (when: 'before' | 'after') => rivals.reduce((sum, rival) => sum + rival.kills()[when], 0);
  const said = () => rivals.map((rival) => `--- ${rival.name}\n${rival.tail()}`).join('\n');

  it('never give one address to two Services, and lose none', async () => {
    const began = performance.now();
    const proven = () => deathsOf('before') + deathsOf('after') >= 3 && history.again() >= 15;
    // A busy machine takes longer to have seen enough.
    while (performance.now() - began < (proven() ? churnMs : 4 * churnMs)) {
      await Promise.all([act(), act(), act()]);
      await wait(random.whole(0, 60));
    }
    churning = false;
    await eventually(
      'every Service of ours with one address, and no other with any',
      async () => (await listed()).items.every(isServed),
      { withinMs: 20_000, everyMs: 200, onTimeout: said },
    );
    // Whatever was lost on the way would be missing now.
    const { items } = await listed();
    for (const { metadata } of items) await client.remove(services, `churn/${metadata.name}`);
    await Promise.all(Array.from({ length: poolSize }, (_, at) => create(`last-${at}`)));
    await eventually(
      `all ${poolSize} addresses in use`,
      async () => (await listed()).items.filter((service) => ingressOf(service).length === 1).length === poolSize,
      { withinMs: 20_000, everyMs: 200, onTimeout: said },
    );
    await eventually(
      'each of them in one VipGroup',
      async () => {
        const placed = (await client.list<VipGroup>(vipGroups)).items.flatMap(({ spec }) => spec.addresses);
        return placed.length === poolSize && new Set(placed).size === poolSize;
      },
      { withinMs: 20_000, everyMs: 200, onTimeout: said },
    );
    await history.upTo((await listed()).items.map(({ metadata }) => metadata.resourceVersion ?? '0').sort(newest)[0]!);
    const figures =
      `seed ${seed}: ${history.changes()} changes of Services, ${history.given()} addresses given, ` +
      `${history.again()} of them used before, ${deathsOf('before')} + ${deathsOf('after')} deaths before and after a write`;
    console.log(`      ${figures}`);
    assert.deepEqual(history.doubles(), [], figures);
    assert.ok(groupHistory.given() > 20, `${groupHistory.given()} addresses put into groups`);
    assert.deepEqual(groupHistory.doubles(), [], figures);
    assert.ok(proven(), `this proves little: ${figures}`);
  });

  /** Two that ask for one address cannot both have it. */
  function isServed(service: Service, _at: number, all: readonly Service[]): boolean {
    const has = ingressOf(service);
    if (service.metadata.annotations?.['lb.kubesphere.io/v1alpha1'] === undefined) return has.length === 0;
    const asked = service.spec?.loadBalancerIP;
    if (asked === undefined || asked === '') return has.length === 1;
    return has[0] === asked || all.some((other) => other !== service && ingressOf(other)[0] === asked);
  }
});

function newest(a: string, b: string): number {
  return Number(b) - Number(a);
}
