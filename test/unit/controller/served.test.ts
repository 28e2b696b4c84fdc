import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { whenServed } from '../../../src/controller/served.js';
import { type ApiClient, openClient } from '../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../src/platform/kubernetes/connection.js';
import { answer, type FaultServer, startFaultServer, status } from '../platform/kubernetes/fault-server.js';
import { createManualClock, type ManualClock } from '../platform/kubernetes/manual-clock.js';

const ours = 'network.kubesphere.io/v1alpha2';
const kinds = (...names: readonly string[]) => ({ resources: names.map((name) => ({ name })) });
const whole = {
  '/version': { major: '1', minor: '20', gitVersion: 'v1.20.2' },
  '/api': { versions: ['v1'] },
  '/api/v1': kinds('services', 'namespaces'),
  '/apis': { groups: [{ versions: [{ groupVersion: ours }] }] },
  [`/apis/${ours}`]: kinds('eips', 'vipgroups', 'bgpconfs'),
  '/api/v1/namespaces/openelb-system': { metadata: { name: 'openelb-system' } },
};

describe('what the controller lives on', () => {
  let server: FaultServer;
  let client: ApiClient;
  let clock: ManualClock;
  let stopping: AbortController;
  let documents: Record<string, unknown>;
  const warned: string[] = [];
  const reasons: string[] = [];

  beforeEach(async () => {
    server = await startFaultServer();
    client = openClient(fixedConnection({ server: server.url }));
    clock = createManualClock();
    stopping = new AbortController();
    for (const list of [warned, reasons]) list.length = 0;
    server.fault(({ path }, response) => {
      const document = documents[path];
      if (typeof document === 'object') return answer(response, 200, document);
      const code = typeof document === 'number' ? document : 404;
      return answer(response, code, status(code, code === 404 ? 'NotFound' : 'Nope', `no ${path}`));
    });
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  const quiet = () => {};
  const asking = () =>
    whenServed(client, 'openelb-system', {
      log: { debug: quiet, info: quiet, error: quiet, warn: (_, fields) => void warned.push(JSON.stringify(fields)) },
      clock,
      signal: stopping.signal,
      waiting: (reason) => void reasons.push(reason),
    });
  /** Until it has asked so often, and rests. */
  const rests = async (times: number) => {
    while (reasons.length < times || clock.pending().length === 0) await turn();
  };

  it('is not waited for where it is there', async () => {
    documents = whole;
    assert.equal((await asking()).has(ours, 'bgpconfs'), true);
    assert.deepEqual([warned, reasons, clock.pending()], [[], [], []]);
  });

  for (const [what, lacking, reason] of [
    ['kinds', { [`/apis/${ours}`]: kinds('eips') }, /does not know VipGroup .*apply the manifests in deploy\/crds/],
    ['a group', { '/apis': { groups: [] } }, /does not know Eip and VipGroup/],
    ['its namespace', { '/api/v1/namespaces/openelb-system': 404 }, /namespace openelb-system, .* does not exist/],
    ['rights', { '/api/v1/namespaces/openelb-system': 403 }, /no .api.v1.namespaces.openelb-system/],
    ['an answer', { '/version': 503 }, /no .version/],
    ['what it has of a built-in group', { '/api/v1': 500 }, /does not say what it has of v1/],
  ] as const) {
    it(`is waited for where an API server lacks ${what}, which is said once, and asked for each second`, async () => {
      documents = { ...whole, ...lacking };
      const asked = asking();
      await rests(1);
      clock.advance(1_000);
      await rests(2);
      assert.match(reasons[0]!, reason);
      assert.equal(warned.length, 1);
      documents = whole;
      clock.advance(1_000);
      while (clock.pending().length === 0) await turn();
      clock.advance(1_000);
      assert.equal((await asked).has(ours, 'vipgroups'), true);
    });
  }

  it('is there although somebody else’s version of our group is not', async () => {
    const groups = [{ versions: [{ groupVersion: ours }, { groupVersion: 'network.kubesphere.io/v1alpha1' }] }];
    documents = { ...whole, '/apis': { groups }, '/apis/network.kubesphere.io/v1alpha1': 503 };
    assert.equal((await asking()).has(ours, 'eips'), true);
  });

  it('is asked for once more when it has come, since kinds come one after the other', async () => {
    documents = { ...whole, [`/apis/${ours}`]: kinds('eips') };
    const asked = asking();
    await rests(1);
    documents = { ...whole, [`/apis/${ours}`]: kinds('eips', 'vipgroups') };
    clock.advance(1_000);
    while (clock.pending().length === 0) await turn();
    documents = whole;
    clock.advance(1_000);
    assert.equal((await asked).has(ours, 'bgpconfs'), true);
  });

  it('is waited for no longer when the program is to end', async () => {
    documents = {};
    const asked = asking();
    await rests(1);
    stopping.abort(new Error('enough'));
    await assert.rejects(asked, /enough/);
  });
});
