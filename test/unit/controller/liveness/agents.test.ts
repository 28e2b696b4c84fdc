import assert from 'node:assert/strict';
import { type Agents, watchAgents } from '../../../../src/controller/liveness/agents.js';
import type { Lease } from '../../../../src/platform/kubernetes/lease-record.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';
import { watchedBy } from './watched-leases.js';

describe('the controller, listening for agents', () => {
  let clock: ReturnType<typeof createManualClock>;
  /** What the store says; the watch brings only what `send` sends. */
  let store: Map<string, Lease>;
  let send: (event: object) => void;
  let unreachable: boolean;
  let changes: string[];
  let agents: Agents;
  let version: number;
  let spokenOf: readonly string[];
  let gone: ReadonlySet<string>;
  /** By name of the Lease, what was said last. */
  let problems: Map<string, string | undefined>;

  const beat = (node: string, o: { watched?: boolean; began?: string; keeps?: string } = {}) => {
    version += 1;
    const lease = {
      metadata: {
        name: `agent.${node}`,
        namespace: 'ns',
        uid: node,
        resourceVersion: String(version),
        annotations: {
          'openelb.io/node': node,
          ...(o.keeps === undefined ? {} : { 'openelb.io/keeps-connections': o.keeps }),
        },
      },
      spec: { holderIdentity: node, ...(o.began === undefined ? {} : { acquireTime: o.began }) },
    } as unknown as Lease;
    store.set(node, lease);
    if (o.watched !== false) send({ type: 'MODIFIED', object: lease });
  };
  const end = (node: string) => {
    version += 1;
    const lease = store.get(node)!;
    store.delete(node);
    send({ type: 'DELETED', object: { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } } });
  };
  const settle = async () => {
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(500);
      await settle();
    }
  };

  beforeEach(async () => {
    clock = createManualClock();
    store = new Map();
    changes = [];
    problems = new Map();
    unreachable = false;
    version = 10;
    send = () => {};
    const list = async () => {
      if (unreachable) throw new Error('no answer');
      return { metadata: { resourceVersion: String(version) }, items: [...store.values()] };
    };
    const client = watchedBy(list, (sends) => {
      send = sends;
    });
    spokenOf = ['n1', 'n2'];
    gone = new Set();
    beat('n1');
    beat('n2');
    agents = watchAgents(client, {
      namespace: 'ns',
      nodes: () => spokenOf,
      isGone: (node) => gone.has(node),
      onChange: (node) => changes.push(node),
      onNetwork: () => {},
      onProblem: (lease, problem) => problems.set(lease.name, problem),
      log: silentLogger(),
      clock,
    });
    await agents.synced;
    await settle();
  });
  afterEach(() => agents.stop());

  it('knows after ten seconds who is silent, and at once who is back', async () => {
    for (let i = 0; i < 3; i += 1) {
      await pass(4_000);
      beat('n2');
    }
    assert.deepEqual(changes, ['n1']);
    assert.equal(agents.silence('n1')?.reason, 'NoHeartbeat');
    assert.equal(agents.silence('n2'), undefined);
    assert.deepEqual(agents.counts(), { heard: 1, silent: 1 });
    beat('n1');
    assert.deepEqual(changes, ['n1', 'n1']);
    assert.equal(agents.silence('n1'), undefined);
  });

  it('hears them in a store that has gone back in time though the watch has not noticed, and then who is silent', async () => {
    version = 1_000;
    for (const node of ['n1', 'n2']) beat(node);
    version = 20;
    for (let i = 0; i < 3; i += 1) {
      await pass(4_000);
      for (const node of ['n1', 'n2']) beat(node, { watched: false });
    }
    assert.deepEqual(changes, []);
    for (let i = 0; i < 6; i += 1) {
      await pass(4_000);
      beat('n2', { watched: false });
    }
    assert.deepEqual(changes, ['n1']);
    assert.equal(agents.silence('n1')?.reason, 'NoHeartbeat');
  });

  it('knows when the agent began that is heard, which one that ends does not change', () => {
    for (const began of [undefined, 'yesterday', '-000001-01-01T00:00:00Z']) {
      beat('n1', { began });
      assert.equal(agents.beganMs('n1'), undefined);
    }
    beat('n1', { began: '2026-01-02T03:04:05.678901Z' });
    assert.equal(agents.beganMs('n1'), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    end('n1');
    assert.equal(agents.beganMs('n1'), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  });

  it('knows on which nodes connections are kept, and tells when that is another', () => {
    const kept = () => ([4, 6] as const).filter((family) => agents.keepsConnections('n1', family));
    changes.length = 0;
    beat('n1');
    assert.deepEqual([kept(), changes], [[], []]);
    beat('n1', { keeps: 'IPv4,IPv6' });
    beat('n1', { keeps: 'IPv4,IPv6' });
    assert.deepEqual([kept(), changes], [[4, 6], ['n1']]);
    beat('n1', { keeps: 'IPv6' });
    assert.deepEqual(kept(), [6]);
    for (const keeps of ['', 'IPv40', 'x'.repeat(20_000)]) {
      beat('n1', { keeps });
      assert.deepEqual(kept(), []);
    }
    beat('n1', { keeps: 'IPv4' });
    end('n1');
    assert.deepEqual(kept(), []);
  });

  it('says what is wrong with a Lease, hears it all the same, and says when it is right', async () => {
    const spoil = (more: object, spec: unknown = { holderIdentity: 'n1' }) => {
      version += 1;
      const { metadata } = store.get('n1')!;
      const annotations = { 'openelb.io/node': 'n1', ...more };
      const object = { metadata: { ...metadata, resourceVersion: String(version), annotations }, spec };
      send({ type: 'MODIFIED', object });
      return problems.get('agent.n1');
    };
    assert.equal(problems.get('agent.n1'), undefined);
    for (const network of ['{', '[]', '{"nics":7}', 'x'.repeat(20_000), 7])
      assert.match(
        spoil({ 'openelb.io/network': network }) ?? '',
        /^metadata\.annotations\["openelb\.io\/network"\]: /,
      );
    assert.match(spoil({}, { holderIdentity: ['n1'] }) ?? '', /^spec\.holderIdentity: is \["n1"\]/);
    assert.match(spoil({}, 'n1') ?? '', /^spec: /);
    assert.equal(spoil({ 'openelb.io/network': '{"nics":{"eth0":["192.0.2.11/24"]},"gateways":[]}' }), undefined);
    assert.equal(spoil({}, null), undefined, 'one that is given back');
  });

  it('knows of a node that is gone by its Lease alone, until that is gone, too', async () => {
    spokenOf = ['n2'];
    gone = new Set(['n1']);
    for (let i = 0; i < 3; i += 1) {
      await pass(4_000);
      beat('n2');
    }
    assert.deepEqual(changes, ['n1'], 'somebody may now remove its Lease');
    assert.deepEqual([...agents.silent()], ['n1']);
    end('n1');
    assert.deepEqual([...agents.silent()], []);
    assert.deepEqual(agents.counts(), { heard: 1, silent: 0 });
  });

  it('asks the store before it says so: a late watch makes nobody silent', async () => {
    for (let i = 0; i < 10; i += 1) {
      await pass(4_000);
      beat('n1', { watched: false });
      beat('n2', { watched: false });
    }
    assert.deepEqual(changes, []);
  });

  it('calls nobody silent while the store cannot be asked, nor just after', async () => {
    await pass(4_000);
    unreachable = true;
    await pass(60_000);
    assert.deepEqual(changes, []);
    unreachable = false;
    await pass(3_000);
    assert.deepEqual(changes, []);
    beat('n1');
    await pass(9_000);
    assert.deepEqual(changes, ['n2']);
  });
});
