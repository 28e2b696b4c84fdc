import assert from 'node:assert/strict';
import { type Heartbeat, startHeartbeat } from '../../../../src/agent/status/heartbeat.js';
import { type Family, type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { ConnectionError } from '../../../../src/platform/kubernetes/connection-error.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

const refused = (code: number) =>
  new ApiError({ method: 'PATCH', path: '/x', code, status: { reason: 'No', message: 'no' } });

interface Body {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly holderIdentity: string };
}

describe('the heartbeat of an agent', () => {
  let clock: ReturnType<typeof createManualClock>;
  let written: { at: number; how: string; holder: string; annotations: Readonly<Record<string, string>> }[];
  let failures: Error[];
  let turns: number;
  let gateways: readonly IpAddress[];
  let kept: readonly Family[];
  let isHeard: boolean;
  let heartbeat: Heartbeat;

  const write = (how: string) => async (first: unknown, second?: Body) => {
    const body = second ?? (first as { body: Body }).body;
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    written.push({ at: clock.now(), how, holder: body.spec.holderIdentity, annotations: body.metadata.annotations });
  };
  /** Second by second, as the engine would, and with what is waiting done in between. */
  const pass = async (seconds: number, engineMoves = true) => {
    for (let i = 0; i < seconds; i += 1) {
      if (engineMoves) turns += 1;
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(async () => {
    clock = createManualClock();
    written = [];
    failures = [];
    turns = 1;
    gateways = [];
    kept = [];
    isHeard = false;
    const own = { request: write('patch'), create: write('create'), close: () => {} };
    const client = { reopen: () => own } as unknown as ApiClient;
    heartbeat = startHeartbeat({
      client,
      node: 'a',
      namespace: 'ns',
      turns: () => turns,
      network: () => ({ nics: new Map(), gateways }),
      scheduling: () => 'nice',
      keepsConnections: () => kept,
      asked: { port: 17472, key: 'k', isHeard: () => isHeard },
      log: silentLogger(),
      clock,
    });
    await pass(0);
    await new Promise((resolve) => setImmediate(resolve));
  });
  afterEach(() => heartbeat.stop());

  it('is written at once and then every four seconds', async () => {
    await pass(12);
    assert.deepEqual(
      written.map(({ at, holder }) => [at, holder]),
      [
        [0, 'a'],
        [4_000, 'a'],
        [8_000, 'a'],
        [12_000, 'a'],
      ],
    );
  });

  it('is written once in two minutes while the controller hears the agent otherwise, and at once when it does not', async () => {
    isHeard = true;
    await pass(250);
    assert.deepEqual(
      written.map(({ at }) => at),
      [0, 120_000, 240_000],
    );
    isHeard = false;
    await pass(5);
    assert.deepEqual(
      written.slice(3).map(({ at }) => at),
      [251_000, 255_000],
    );
  });

  it('says where and how the agent is asked', () => {
    assert.equal(written[0]?.annotations['openelb.io/key'], 'k');
    assert.equal(written[0]?.annotations['openelb.io/asked-at'], '17472');
  });

  it('tells whether the engine moves', async () => {
    await pass(1);
    assert.equal(heartbeat.moves(), true);
    await pass(2, false);
    assert.equal(heartbeat.moves(), false);
    await pass(1);
    assert.equal(heartbeat.moves(), true);
  });

  it('stops within two seconds of the engine, and goes on with it', async () => {
    await pass(4);
    const before = written.length;
    await pass(60, false);
    assert.equal(written.length, before);
    await pass(1);
    assert.equal(written.length, before + 1);
  });

  it("says within two seconds that the node's network is another one, and then every four seconds", async () => {
    await pass(1);
    gateways = [parseIp('192.0.2.1')!];
    await pass(6);
    assert.deepEqual(
      written.map(({ at }) => at),
      [0, 2_000, 6_000],
    );
    assert.match(written[1]!.annotations['openelb.io/network']!, /192\.0\.2\.1/);
  });

  it('says it two seconds later where it could not be written', async () => {
    await pass(1);
    gateways = [parseIp('192.0.2.1')!];
    failures = [refused(429)];
    await pass(4);
    assert.deepEqual(
      written.map(({ at }) => at),
      [0, 4_000],
    );
  });

  it('says along with it how the engine is scheduled', () => {
    assert.equal(written[0]?.annotations['openelb.io/scheduling'], 'nice');
  });

  it('says of which families connections are kept on the node, and takes that back', async () => {
    const said = () => written.at(-1)?.annotations['openelb.io/keeps-connections'];
    assert.equal(said(), '');
    kept = [4, 6];
    await pass(2);
    assert.equal(said(), 'IPv4,IPv6');
    kept = [];
    await pass(2);
    assert.equal(said(), '');
  });

  it('is tried again each second when it cannot be written', async () => {
    await pass(1);
    failures = [refused(500), refused(500), refused(500)];
    await pass(6);
    assert.deepEqual(
      written.map(({ at }) => at),
      [0, 7_000],
    );
  });

  it('says since when the API server does not answer, and of one that says no what to do', async () => {
    await pass(1);
    failures = [refused(403)];
    await pass(3);
    assert.equal(heartbeat.problem(), undefined);
    assert.match(
      heartbeat.refused() ?? '',
      /^the API server refuses the heartbeat, .*: see that the agent has the rights that the chart gives it: .*403/,
    );
    await pass(1);
    assert.equal(heartbeat.refused(), undefined);
    failures = [refused(503)];
    await pass(4);
    assert.match(heartbeat.refused() ?? '', /^the API server refuses the heartbeat, .* ages: .*503/);
    assert.doesNotMatch(heartbeat.refused() ?? '', /rights/);
    await pass(1);
    failures = Array.from({ length: 9 }, () => new ConnectionError('unreachable', 'no way there'));
    await pass(5);
    assert.match(
      heartbeat.problem() ?? '',
      /^no heartbeat reached the API server since 2026-01-02T03:04:\d\dZ: no way there/,
    );
    await pass(10);
    assert.equal(heartbeat.problem(), undefined);
  });

  it('makes its Lease when there is none', async () => {
    await pass(1);
    failures = [refused(404)];
    await pass(4);
    assert.deepEqual(
      written.map(({ how }) => how),
      ['patch', 'create'],
    );
  });

  it('says at the end that it ends', async () => {
    await pass(1);
    await heartbeat.stop();
    assert.deepEqual(
      written.map(({ holder }) => holder),
      ['a', ''],
    );
  });
});
