import assert from 'node:assert/strict';
import { type NamedSecrets, readNamedSecrets } from '../../../../src/agent/sources/named-secrets.js';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

describe('Secrets that BgpPeers name', () => {
  let clock: ManualClock;
  let stored: Map<string, unknown>;
  let asked: string[];
  let changes: number;
  let reader: NamedSecrets;

  beforeEach(() => {
    clock = createManualClock();
    stored = new Map();
    asked = [];
    changes = 0;
    reader = readNamedSecrets({
      client: {
        async get<T>(_: unknown, key: string) {
          asked.push(key);
          const found = stored.get(key);
          if (found instanceof Error) throw found;
          return found as T | undefined;
        },
      },
      namespace: 'ns',
      onChange: () => {
        changes += 1;
      },
      clock,
    });
  });
  afterEach(() => reader.stop());

  const settle = () => new Promise(setImmediate);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  const well = { metadata: { name: 's' }, data: { password: 'eA==' } };

  it('are read by their names and no others, and each change is told once', async () => {
    stored.set('ns/s', well);
    assert.equal(reader.view('s'), undefined);
    reader.need(new Set(['s']));
    reader.need(new Set(['s']));
    await settle();
    assert.deepEqual(reader.view('s'), { data: well.data });
    assert.deepEqual([asked, changes], [['ns/s'], 1]);
    await pass(60_000);
    assert.deepEqual([asked.length, changes], [2, 1]);
  });

  it('are read again soon while they are not there, and found when they come', async () => {
    reader.need(new Set(['s']));
    await settle();
    assert.equal(reader.view('s'), 'absent');
    stored.set('ns/s', well);
    await pass(3_000);
    assert.deepEqual(reader.view('s'), { data: well.data });
  });

  it('stay what they were while the API server does not answer', async () => {
    stored.set('ns/s', well);
    reader.need(new Set(['s']));
    await settle();
    stored.set('ns/s', new Error('no answer'));
    await pass(60_000);
    assert.deepEqual(reader.view('s'), { data: well.data });
    stored.set('ns/t', new Error('forbidden'));
    reader.need(new Set(['s', 't']));
    await settle();
    assert.deepEqual(reader.view('t'), { unreadable: 'forbidden' });
  });

  it('are read again soon when they are doubted, once for each doubt', async () => {
    stored.set('ns/s', well);
    reader.need(new Set(['s']));
    await settle();
    reader.doubt('s');
    reader.doubt('s');
    reader.doubt('of nobody');
    stored.set('ns/s', { ...well, data: { password: 'eQ==' } });
    await pass(2_999);
    assert.equal(asked.length, 1);
    await pass(1);
    assert.deepEqual(reader.view('s'), { data: { password: 'eQ==' } });
    await pass(59_999);
    assert.equal(asked.length, 2);
    await pass(1);
    assert.equal(asked.length, 3);
  });

  it('that the agent may not read are said with the remedy, and stay what they were', async () => {
    const code = 403;
    const refusal = new ApiError({ method: 'GET', path: '/s', status: { reason: 'Forbidden' }, code });
    stored.set('ns/s', refusal);
    reader.need(new Set(['s']));
    await settle();
    const view = reader.view('s') as { unreadable: string };
    assert.match(view.unreadable, /agent\.passwordSecrets of the chart lists: add its name there .*403 Forbidden/);
    stored.set('ns/s', well);
    await pass(3_000);
    stored.set('ns/s', refusal);
    await pass(60_000);
    assert.deepEqual(reader.view('s'), { data: well.data });
  });

  it('are forgotten, and not read any more, when nobody names them', async () => {
    stored.set('ns/s', well);
    reader.need(new Set(['s']));
    await settle();
    reader.need(new Set());
    await pass(600_000);
    assert.deepEqual([reader.view('s'), asked.length], [undefined, 1]);
  });
});
