import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trackedChecks } from '../../../../src/agent/tracking/group-checks.js';
import { weighed } from '../../../../src/agent/tracking/weighed.js';
import { groupOf } from '../engine/lan.js';

const patient = () => AbortSignal.timeout(5_000);

const ignored = () => {};

describe('a check of a group', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'checks-'));
    writeFileSync(join(folder, 'mounted'), '#!/bin/sh\necho "$1 is not mounted" >&2\nexit 1\n');
    chmodSync(join(folder, 'mounted'), 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has the defaults of the product', () => {
    const [check] = trackedChecks([{ name: 'a', kubeProxy: true }], undefined, ignored);
    const { identity: _, probe: __, ...rest } = check!;
    assert.deepEqual(rest, { name: 'a', rise: 2, fall: 3, intervalMs: 1_000, timeoutMs: 1_000 });
  });

  it('by command runs a program of the checks directory with its arguments', async () => {
    const [check] = trackedChecks([{ name: 'a', command: 'mounted', args: ['/data'] }], folder, ignored);
    assert.deepEqual(await check!.probe(patient()), {
      ok: false,
      reason: `${join(folder, 'mounted')} exited with 1: /data is not mounted`,
    });
  });

  it('by command fails with the remedy when the agent may run none', async () => {
    const [check] = trackedChecks([{ name: 'a', command: 'mounted' }], undefined, ignored);
    assert.deepEqual(await check!.probe(patient()), {
      ok: false,
      reason: 'mounted is not run: start the agent with --checks-dir DIR and put it there',
    });
  });

  for (const [claim, name, check] of [
    ['by file', 'drain', { file: 'drain' }],
    ['by http with a token', 'token', { http: 'https://a/', bearerTokenFile: 'token', tls: {} }],
    ['by grpc with an authority', 'ca.crt', { grpc: 'a:1', tls: { caFile: 'ca.crt' } }],
  ] as const) {
    it(`${claim} fails with the remedy when the agent may read nothing`, async () => {
      const [tracked] = trackedChecks([{ name: 'a', ...check }], undefined, ignored);
      assert.equal(tracked!.watch, undefined);
      assert.deepEqual(await tracked!.probe(patient()), {
        ok: false,
        reason: `${name} is not read: start the agent with --checks-dir DIR and put it there`,
      });
    });
  }

  it('by file reads a file below the checks directory, and is told when it changes', async () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state/drain'), '-5');
    const [check] = trackedChecks([{ name: 'a', file: 'state/drain', multiplier: 3 }], folder, ignored);
    assert.deepEqual(await check!.probe(patient()), { ok: true, adjustment: -15 });
    const changed = new Promise<void>((resolve) => {
      const stop = check!.watch!(() => {
        stop();
        resolve();
      });
    });
    writeFileSync(join(folder, 'state/drain'), '1');
    await changed;
    assert.deepEqual(await check!.probe(patient()), { ok: true, adjustment: 3 });
  });

  it('is another when anything about its target changes', () => {
    const http = { name: 'a', http: 'https://a/' };
    const identities = [
      {},
      { statuses: [401] },
      { bearerTokenFile: 'token' },
      { tls: {} },
      { tls: { caFile: 'a' } },
    ].map((over) => trackedChecks([{ ...http, ...over }], folder, ignored)[0]!.identity);
    assert.equal(new Set(identities).size, 5);
  });

  it('is another when its target changes, and the same when only its times do', () => {
    const identity = (over: object) =>
      trackedChecks([{ name: 'a', tcp: '127.0.0.1:80', ...over }], folder, ignored)[0]!.identity;
    assert.equal(identity({ interval: '5s', fall: 9 }), identity({}));
    assert.notEqual(identity({ tcp: '127.0.0.1:81' }), identity({}));
  });
});

describe("a node's part in a group", () => {
  const config = groupOf([1, 2], 1);

  it('is as it is without checks, or while they pass', () => {
    assert.equal(weighed(config, undefined), config);
    assert.equal(weighed(config, { fit: true, priority: 254, reasons: [] }), config);
  });
  it('has a lower priority, and says why, when a check with a weight fails', () => {
    const after = weighed(config, { fit: true, priority: 200, reasons: ['check a takes 54 off'] });
    assert.deepEqual(
      [after.priority, after.weighed],
      [200, [{ type: 'PriorityWeighed', message: 'check a takes 54 off' }]],
    );
  });
  it('is none, with the reason, when a check without a weight fails', () => {
    const message = 'check a fails';
    assert.deepEqual(weighed(config, { fit: false, reasons: [message] }).unfit, [{ type: 'CheckFailed', message }]);
  });
});
