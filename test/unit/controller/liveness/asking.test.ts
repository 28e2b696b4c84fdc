import assert from 'node:assert/strict';
import { type Asked, createAsked } from '../../../../src/agent/status/asked.js';
import { askEveryMs } from '../../../../src/api/asking.js';
import { type Agents, watchAgents } from '../../../../src/controller/liveness/agents.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import type { Lease } from '../../../../src/platform/kubernetes/lease-record.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createSigner } from '../../../../src/platform/signatures/ed25519.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';
import { watchedBy } from './watched-leases.js';

describe('a controller that asks agents', () => {
  const nodes = ['n1', 'n2', 'n3'];
  const signer = createSigner();
  let clock: ReturnType<typeof createManualClock>;
  let store: Map<string, Lease>;
  let send: (event: object) => void;
  let version: number;
  let agents: Agents;
  let asked: Map<string, Asked>;
  /** Nodes whose agents move, and whose ports are reached. */
  let moving: Set<string>;
  let reached: Set<string>;
  let changes: string[];
  let questions: { readonly at: number; readonly node: string }[];
  let said: string[];
  /** Whether what it says of whom it hears is taken. */
  let isTaken: boolean;
  /** How late the next round begins, in milliseconds. */
  let lateMs: number;
  let forge: ((url: string) => string) | undefined;
  let askNoMore: () => void;
  const get = async () => ({
    metadata: { name: 'openelb-controller', annotations: { 'openelb.io/key': signer.publicKey } },
    spec: { holderIdentity: 'c' },
  });

  const write = (name: string, annotations: object, holderIdentity: string) => {
    version += 1;
    const metadata = { name, namespace: 'ns', uid: name, resourceVersion: String(version), annotations };
    const lease = { metadata, spec: { holderIdentity } } as unknown as Lease;
    const type = store.has(name) ? 'MODIFIED' : 'ADDED';
    store.set(name, lease);
    send({ type, object: lease });
  };
  const beat = (node: string, o: { readonly port?: string; readonly ended?: boolean } = {}) => {
    const annotations = {
      'openelb.io/node': node,
      'openelb.io/key': asked.get(node)!.key,
      'openelb.io/asked-at': o.port ?? '17472',
    };
    write(`agent.${node}`, annotations, o.ended ? '' : node);
  };
  const settle = async () => {
    for (let i = 0; i < 8; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 250) {
      clock.advance(250);
      await settle();
    }
  };
  const ask = () =>
    agents.ask({
      signer,
      hostOf: (node) => (node === 'n9' ? undefined : node),
      ask: async (url) => {
        const { hostname, pathname, search } = new URL(url);
        questions.push({ at: clock.now(), node: hostname });
        if (!reached.has(hostname)) throw new Error('not reached');
        if (forge !== undefined) return forge(url);
        const { status, body } = await asked.get(hostname)!.answer(`${pathname}${search}`);
        if (status !== 200) throw new Error(body);
        return body;
      },
      say: async (heard) => {
        said.push([...heard].map(([node, ms]) => (ms === 0 ? node : `${node} ${ms}`)).join());
        return isTaken;
      },
    });

  beforeEach(async () => {
    clock = createManualClock();
    [store, version, send, changes, questions, said, forge] = [new Map(), 10, () => {}, [], [], [], undefined];
    isTaken = true;
    lateMs = 0;
    [moving, reached] = [new Set(nodes), new Set(nodes)];
    const list = async () => ({ metadata: { resourceVersion: String(version) }, items: [...store.values()] });
    const client = watchedBy(list, (sends) => {
      send = sends;
    });
    asked = new Map(
      nodes.map((node) => [
        node,
        createAsked({
          client: { get } as unknown as ApiClient,
          namespace: 'ns',
          lives: () => moving.has(node),
          clock,
        }),
      ]),
    );
    for (const node of nodes) beat(node);
    agents = watchAgents(client, {
      namespace: 'ns',
      nodes: () => nodes,
      isGone: () => false,
      onChange: (node) => changes.push(node),
      onNetwork: () => {},
      onProblem: () => {},
      log: silentLogger(),
      clock: { ...clock, after: (ms, run) => clock.after(ms === askEveryMs ? ms + lateMs : ms, run) },
    });
    await agents.synced;
    await settle();
    askNoMore = ask();
  });
  afterEach(async () => {
    askNoMore();
    await agents.stop();
  });

  it('hears them although their Leases say nothing, and they know of it', async () => {
    await pass(9_000);
    for (let i = 0; i < 60; i += 1) {
      await pass(1_000);
      for (const each of asked.values()) assert.equal(each.isHeard(), true);
    }
    assert.deepEqual(changes, []);
    assert.deepEqual(agents.counts(), { heard: 3, silent: 0 });
  });

  it('asks each once in three seconds, one after the other', async () => {
    await pass(6_000);
    const times = (node: string) => questions.filter((each) => each.node === node).map(({ at }) => at);
    assert.deepEqual(times('n1').slice(0, 2), [0, 3_000]);
    assert.deepEqual(times('n2').slice(0, 2), [1_000, 4_000]);
    assert.deepEqual(times('n3').slice(0, 2), [2_000, 5_000]);
  });

  for (const [what, stop] of [
    ['is not reached any more', (node: string) => reached.delete(node)],
    ['does not move any more', (node: string) => moving.delete(node)],
  ] as const)
    it(`knows ten seconds after its last answer of one that ${what}, and at once when it is back`, async () => {
      await pass(9_000);
      stop('n2');
      await pass(7_750);
      assert.deepEqual(changes, []);
      await pass(500);
      assert.deepEqual(changes, ['n2']);
      assert.equal(agents.silence('n2')?.reason, 'NoHeartbeat');
      assert.ok(Math.abs(agents.silence('n2')!.sinceMs - (clock.wall() - 10_250)) <= 250, 'since its last answer');
      assert.equal(asked.get('n2')!.isHeard(), false);
      moving.add('n2');
      reached.add('n2');
      await pass(3_250);
      assert.deepEqual(changes, ['n2', 'n2']);
    });

  it('hears one that it does not reach by its Lease, as ever', async () => {
    reached.delete('n2');
    for (let i = 0; i < 10; i += 1) {
      await pass(4_000);
      beat('n2');
    }
    assert.deepEqual(changes, []);
  });

  it('believes no answer of somebody else, none to another question, and nothing else', async () => {
    const stranger = createSigner();
    let first: string | undefined;
    for (const answer of [
      () => 'yes',
      () => '',
      (url: string) => stranger.sign(url),
      () => (first ??= 'x'.repeat(86)),
    ]) {
      forge = answer;
      await pass(3_000);
    }
    assert.deepEqual(changes.toSorted(), nodes, 'all three are silent after 10 s');
  });

  it('tells no agent that it is heard while it cannot tell others, so that they write', async () => {
    await pass(9_000);
    isTaken = false;
    for (let i = 0; i < 12; i += 1) {
      await pass(1_000);
      if (i === 0) for (const each of asked.values()) assert.equal(each.isHeard(), true);
    }
    for (const each of asked.values()) assert.equal(each.isHeard(), false);
    assert.deepEqual(changes, [], 'it hears them itself');
    isTaken = true;
    await pass(9_000);
    for (const each of asked.values()) assert.equal(each.isHeard(), true);
  });

  it('has agents write before others give them up, when what it says is not taken any more', async () => {
    await pass(9_000);
    isTaken = false;
    const lastWordAt = clock.now();
    let wroteAt = 0;
    while (wroteAt === 0) {
      await pass(250);
      if ([...asked.values()].every((each) => !each.isHeard())) wroteAt = clock.now();
    }
    // It looks whether to write once a second.
    assert.ok(wroteAt + 1_000 - lastWordAt < 10_000, `${wroteAt - lastWordAt} ms`);
  });

  it('answers questions again once its Lease was deleted, and it made it anew', async () => {
    await pass(30_000);
    const lease = store.get('agent.n1')!;
    store.delete('agent.n1');
    version += 1;
    send({ type: 'DELETED', object: { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } } });
    await pass(9_000);
    assert.equal(asked.get('n1')!.isHeard(), false);
    beat('n1');
    await pass(9_000);
    assert.equal(asked.get('n1')!.isHeard(), true);
  });

  it('says whom it has heard in the last round', async () => {
    await pass(3_250);
    assert.equal(said.at(-1), 'n1,n2,n3');
    reached.delete('n2');
    await pass(6_000);
    assert.equal(said.at(-1), 'n1,n3');
    reached.clear();
    await pass(9_000);
    assert.deepEqual(said.slice(-1), [''], 'that it hears nobody, once');
  });

  it('says so of all of them where a round begins late', async () => {
    lateMs = 750;
    await pass(9_000);
    said = [];
    await pass(20_000);
    assert.ok(said.length >= 5);
    assert.deepEqual([...new Set(said)], ['n1,n2,n3']);
  });

  it('asks nobody who has ended, says no port, or whose node has no address', async () => {
    beat('n1', { ended: true });
    beat('n2', { port: '' });
    beat('n3', { port: '99999' });
    await pass(3_000); // what was planned
    questions = [];
    await pass(6_000);
    assert.deepEqual(questions, []);
  });

  it('knows at once of one that ends', async () => {
    await pass(6_000);
    beat('n1', { ended: true });
    await pass(250);
    assert.equal(agents.silence('n1')?.reason, 'Ended');
    await pass(6_000);
    assert.equal(agents.silence('n1')?.reason, 'Ended');
  });

  it('goes on with an agent that has been started anew', async () => {
    await pass(6_000);
    const anew = createAsked({ client: { get } as unknown as ApiClient, namespace: 'ns', lives: () => true, clock });
    asked.set('n1', anew);
    beat('n1');
    await pass(9_000);
    assert.equal(anew.isHeard(), true);
    assert.deepEqual(changes, []);
  });

  it('asks nothing more, and hears no answer, once it leads no more', async () => {
    await pass(6_000);
    askNoMore();
    questions = [];
    await pass(11_000);
    assert.deepEqual(questions, []);
    assert.deepEqual(changes.toSorted(), nodes);
  });

  it('goes by the word of another that leads, while it does not', async () => {
    askNoMore();
    await pass(3_000);
    write('openelb-heard', { 'openelb.io/heard': 'n1,n2' }, '');
    for (let i = 0; i < 5; i += 1) {
      await pass(3_000);
      write('openelb-heard', { 'openelb.io/heard': 'n1,n2' }, '');
    }
    assert.deepEqual(changes, ['n3']);
  });

  it('hears by the word of another that the store has while its watch is late', async () => {
    askNoMore();
    write('openelb-heard', { 'openelb.io/heard': 'n1,n2,n3' }, '');
    await pass(3_000);
    write('openelb-heard', { 'openelb.io/heard': 'n1,n2,n3' }, '');
    const brings = send;
    send = () => {};
    for (let i = 0; i < 9; i += 1) {
      await pass(3_000);
      write('openelb-heard', { 'openelb.io/heard': 'n1,n2' }, '');
    }
    send = brings;
    assert.deepEqual(changes, ['n3']);
  });

  it('watches those that are back by an answer, though all were silent', async () => {
    reached.clear();
    await pass(20_000);
    assert.deepEqual(changes.toSorted(), nodes);
    reached.add('n1');
    await pass(3_000);
    reached.clear();
    changes = [];
    await pass(13_500);
    assert.deepEqual(changes, ['n1']);
  });

  it('takes no word for new that it has only found', async () => {
    askNoMore();
    write('openelb-heard', { 'openelb.io/heard': 'n1,n2,n3' }, '');
    await pass(10_250);
    assert.deepEqual(changes.toSorted(), nodes);
  });
});
