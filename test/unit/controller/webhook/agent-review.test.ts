import assert from 'node:assert/strict';
import { type AgentNodes, createAgentNodes } from '../../../../src/controller/webhook/agent-node.js';
import { createAgentReviews } from '../../../../src/controller/webhook/agent-review.js';
import { foreignEntry } from '../../../../src/controller/webhook/own-entries.js';
import { apiErrorOf } from '../../../../src/platform/kubernetes/api-error.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { leaseWrites, sessionWrites, statusWrites } from '../../../vectors/own-entries.js';

const agent = 'system:serviceaccount:lb:openelb-agent';
const group = (status: object | undefined, members: readonly string[] = ['n1', 'n2']) => ({
  metadata: { name: 'lan-0' },
  spec: { members: members.map((node) => ({ node })) },
  ...(status && { status }),
});

describe('what the webhook lets an agent write', () => {
  for (const { claim, before, after, members, refused } of statusWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const write = { of: 'vipgroups', object: group(after, members), oldObject: group(before, members) } as const;
      const message = foreignEntry('n1', write);
      if (refused) assert.match(message ?? '', refused);
      else assert.equal(message, undefined);
    });
  }

  for (const { plural, claim, before, after, refused } of sessionWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write, into ${plural}, ${claim}`, () => {
      const write = { of: plural, object: { status: after }, oldObject: { status: before } };
      const message = foreignEntry('n1', write);
      if (refused) assert.match(message ?? '', refused);
      else assert.equal(message, undefined);
    });
  }

  for (const { claim, bound = 'n1', lease, refused } of leaseWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const message = foreignEntry(bound, { of: 'leases', object: lease });
      if (refused) assert.match(message ?? '', refused);
      else assert.equal(message, undefined);
    });
  }

  it('stands objects that are none', () => {
    for (const object of [null, 7, 'x', [], {}, { spec: null, status: null }, { status: { members: [null, 3] } }]) {
      for (const oldObject of [undefined, null, [], object])
        for (const of of ['vipgroups', 'bgppeers', 'leases'] as const) foreignEntry('n1', { of, object, oldObject });
      assert.ok(foreignEntry('n1', { of: 'leases', object }));
    }
  });
});

/** Pods by name, and what is asked of them. */
function podServer(pods: Record<string, { uid: string; node?: string }>) {
  const asked: string[] = [];
  const warned: string[] = [];
  const state = { refusal: undefined as number | undefined, now: 0, hold: Promise.resolve() };
  const client = {
    async request({ method, path }: { method: string; path: string }) {
      asked.push(path);
      await state.hold;
      const pod = pods[path.split('/').at(-1)!];
      const code = state.refusal ?? (pod === undefined ? 404 : undefined);
      if (code !== undefined) throw apiErrorOf({ method, path, code, headers: {}, body: '', wallMs: 0 });
      return { metadata: { uid: pod!.uid }, spec: { nodeName: pod!.node } };
    },
  } as unknown as ApiClient;
  const note = (message: string) => void warned.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const nodes = createAgentNodes({ client, namespace: 'lb', clock: { now: () => state.now }, log });
  return { asked, warned, state, nodes };
}
const token = (name: string, uid: string) => ({
  'authentication.kubernetes.io/pod-name': [name],
  'authentication.kubernetes.io/pod-uid': [uid],
});

describe('the node of an agent that writes', () => {
  it('is that of its Pod, which is looked up once', async () => {
    const { nodes, asked } = podServer({ a: { uid: 'u', node: 'n1' } });
    const both = await Promise.all([nodes.of(token('a', 'u')), nodes.of(token('a', 'u'))]);
    assert.deepEqual([...both, await nodes.of(token('a', 'u'))], Array(3).fill({ known: true, node: 'n1' }));
    assert.deepEqual(asked, ['/api/v1/namespaces/lb/pods/a']);
  });

  it('is what the server says of it, where it does', async () => {
    const { nodes, asked } = podServer({ a: { uid: 'u', node: 'n2' } });
    const extra = { ...token('a', 'u'), 'authentication.kubernetes.io/node-name': ['n1'] };
    assert.deepEqual(await nodes.of(extra), { known: true, node: 'n1' });
    assert.deepEqual(asked, []);
  });

  it('is nobody’s with two Pods, with half a one, or with one of another uid', async () => {
    const { nodes } = podServer({ a: { uid: 'u', node: 'n1' }, pending: { uid: 'p' } });
    const two = { ...token('a', 'u'), 'authentication.kubernetes.io/pod-name': ['a', 'b'] };
    const half = { 'authentication.kubernetes.io/pod-name': ['a'] };
    for (const extra of [two, half, token('a', 'other'), token('b', 'u'), token('pending', 'p')]) {
      const from = await nodes.of(extra);
      assert.ok(!from.known && 'code' in from && from.code === 403, JSON.stringify(from));
    }
  });

  it('is known to nobody where the token is bound to no Pod, which is refused', async () => {
    const { nodes, asked } = podServer({ a: { uid: 'u', node: 'n1' } });
    const { 'authentication.kubernetes.io/pod-name': name } = token('a', 'u');
    for (const extra of [{}, { 'authentication.kubernetes.io/pod-name': name }]) {
      const from = await nodes.of(extra);
      assert.ok(!from.known && 'code' in from && from.code === 403);
      assert.match(from.why, /must be bound to its Pod.*let it use the token that its Pod has/);
    }
    assert.deepEqual(asked, []);
  });

  it('is asked for again when nobody could tell', async () => {
    const { nodes, state } = podServer({ a: { uid: 'u', node: 'n1' } });
    state.refusal = 500;
    const from = await nodes.of(token('a', 'u'));
    assert.ok(!from.known && 'code' in from && from.code === 503);
    state.refusal = undefined;
    assert.deepEqual(await nodes.of(token('a', 'u')), { known: true, node: 'n1' });
  });

  it('is not asked for by hundreds at once', async () => {
    const { nodes, state, asked } = podServer({});
    let go = () => {};
    state.hold = new Promise((resolve) => {
      go = resolve;
    });
    const answers = Array.from({ length: 500 }, (_, at) => nodes.of(token(`p${at}`, `u${at}`)));
    go();
    const codes = (await Promise.all(answers)).map((from) => ('code' in from ? from.code : 0));
    assert.deepEqual([asked.length, codes.filter((code) => code === 429).length], [32, 468]);
  });

  it('is no reason to refuse anything where the controller may not read Pods, which it says once', async () => {
    const { nodes, state, asked, warned } = podServer({});
    state.refusal = 403;
    for (const at of [0, 1, 9_999]) {
      state.now = at;
      assert.deepEqual(await nodes.of(token('a', 'u')), { known: false, excused: true });
    }
    assert.equal(asked.length, 1);
    state.now = 10_000;
    await nodes.of(token('a', 'u'));
    assert.deepEqual([asked.length, warned.length], [2, 1]);
  });
});

describe('the review of what an agent writes', () => {
  const nodes: AgentNodes = { of: (extra) => ({ known: true, node: String(extra.node?.[0] ?? 'n1') }) };
  const reviews = createAgentReviews({ agent, nodes });
  const review = (o: object) =>
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
        kind: { group: 'network.kubesphere.io', version: 'v1alpha2', kind: 'VipGroup' },
        resource: { group: 'network.kubesphere.io', version: 'v1alpha2', resource: 'vipgroups' },
        subResource: 'status',
        name: 'lan-0',
        operation: 'UPDATE',
        userInfo: { username: agent, groups: ['system:serviceaccounts'], extra: {} },
        ...o,
      },
    });
  const foreign = { object: group({ members: [{ node: 'n2' }] }), oldObject: group({}) };
  const verdict = async (body: string) => {
    const answered = await reviews.answer(body);
    assert.equal(answered.status, 200);
    return (answered as { json: { response: { uid: string; allowed: boolean; status?: { message: string } } } }).json
      .response;
  };

  it('refuses what is not its own as Forbidden, and says which node it has', async () => {
    const { allowed, status } = await verdict(review(foreign));
    assert.equal(allowed, false);
    const message = "an agent writes no member of a VipGroup's status but that of its own node, which is n1";
    assert.deepEqual(status, { code: 403, reason: 'Forbidden', message });
  });

  it('is none for others, for other resources, and for what is deleted', async () => {
    for (const other of [
      { userInfo: { username: 'system:serviceaccount:lb:openelb-controller' } },
      { userInfo: { username: 'system:serviceaccount:elsewhere:openelb-agent' } },
      { userInfo: null },
      { subResource: '' },
      { resource: { resource: 'eips' } },
      { resource: null },
      { operation: 'DELETE' },
    ])
      assert.equal((await verdict(review({ ...foreign, ...other }))).allowed, true, JSON.stringify(other));
  });

  it('goes by the entry that the object had before', async () => {
    const { allowed } = await verdict(review({ ...foreign, oldObject: foreign.object }));
    assert.equal(allowed, true);
  });

  it('refuses an agent what was not read, by its beginning alone', () => {
    const head = review(foreign).slice(0, 900);
    const { json } = reviews.unread(head, 'the body is too large') as { json: { response: object } };
    assert.deepEqual(json.response, {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: false,
      status: { code: 429, reason: 'TooManyRequests', message: 'the body is too large' },
    });
  });

  it('lets others through whose request was not read, and nobody of whom it knows nothing', () => {
    const controller = review({ ...foreign, userInfo: { username: 'system:serviceaccount:lb:openelb-controller' } });
    const said = (head: string) =>
      (reviews.unread(head, 'x') as { json: { response: { allowed: boolean } } }).json.response.allowed;
    assert.equal(said(controller), true);
    assert.equal(said(review(foreign).slice(0, 350)), false);
    assert.equal(reviews.unread('{"kind":"AdmissionReview"', 'x').status, 400);
  });

  it('takes far less time than the API server takes for the write', async () => {
    const members = Array.from({ length: 16 }, (_, at) => ({
      node: `n${at + 1}`,
      state: 'Backup',
      priority: 200 - at,
    }));
    const managed = members.map(({ node }) => ({
      manager: `openelb-agent-${node}`,
      fieldsV1: { 'f:status': { 'f:members': {} } },
    }));
    const large = {
      ...group(
        { members, holder: 'n2' },
        members.map(({ node }) => node),
      ),
      managedFields: managed,
    };
    const body = review({ object: large, oldObject: large });
    const runs = 2_000;
    for (let i = 0; i < runs; i += 1) await reviews.answer(body);
    const began = performance.now();
    for (let i = 0; i < runs; i += 1) await reviews.answer(body);
    const each = (performance.now() - began) / runs;
    assert.ok(each < 1, `${each} ms of CPU for one of ${body.length} bytes`);
    if (process.env.SAY_FIGURES) console.log(`${each.toFixed(4)} ms for one of ${body.length} bytes`);
  });
});
