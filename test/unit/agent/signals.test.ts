import assert from 'node:assert/strict';
import { handleSignals, type Signals } from '../../../src/agent/signals.js';

describe('the signals of an agent', () => {
  let now: number;
  let done: string[];
  let failures: string[];
  let signals: Signals;
  const note = (what: string) => () => void done.push(what);
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const begin = (reload: () => void | Promise<void> = note('reload')) => {
    signals = handleSignals(
      { reload, tellState: note('state'), tellCounters: note('counters') },
      { failed: (place, error) => void failures.push(`${place} ${(error as Error).message}`) },
      () => now,
    );
    void signals.stop.then((signal) => done.push(`stop ${signal}`));
    void signals.stopAtOnce.then((signal) => done.push(`at once ${signal}`));
  };
  const receive = async (...received: NodeJS.Signals[]) => {
    for (const signal of received) process.emit(signal, signal);
    await settled();
  };

  beforeEach(() => {
    now = 0;
    [done, failures] = [[], []];
  });
  afterEach(() => signals.close());

  it('reload, tell the state and tell the counters, as those of keepalived do', async () => {
    begin();
    await receive('SIGHUP', 'SIGUSR1', 'SIGUSR2');
    assert.deepEqual(done, ['reload', 'state', 'counters']);
  });

  for (const first of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    it(`stop it in order with ${first}, also when that comes twice; only a later one wants the end at once`, async () => {
      begin();
      await receive(first);
      now = 20;
      await receive('SIGTERM', first);
      assert.deepEqual(done, [`stop ${first}`]);
      now = 600;
      await receive('SIGINT');
      assert.deepEqual(done, [`stop ${first}`, 'at once SIGINT']);
    });
  }

  it('whose action goes wrong end nothing', async () => {
    begin(() => Promise.reject(new Error('no such file')));
    await receive('SIGHUP', 'SIGHUP');
    assert.deepEqual(failures, ['signal no such file', 'signal no such file']);
    await receive('SIGUSR2');
    assert.deepEqual(done, ['counters']);
  });
});
