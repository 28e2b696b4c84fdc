import assert from 'node:assert/strict';
import {
  askedBy,
  beatEveryMs,
  beatLines,
  newTeller,
  openServiceManager,
  reloadingLines,
  tell,
} from '../../../src/agent/service-manager.js';
import { errnoOf } from '../../../src/platform/linux/errno.js';

const quiet = { warn() {} };

describe('a service manager', () => {
  it('is told nothing unless it names a socket', () => {
    assert.equal(askedBy({}, 7), undefined);
    assert.equal(askedBy({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '3000000' }, 7), undefined);
  });

  it('names a path, or an abstract socket by @', () => {
    assert.deepEqual(askedBy({ NOTIFY_SOCKET: '/run/notify' }, 7), { socket: '/run/notify', watchdogMs: undefined });
    assert.deepEqual(askedBy({ NOTIFY_SOCKET: '@notify' }, 7), { socket: '\0notify', watchdogMs: undefined });
  });

  it('that names anything else is not told, and the log says what it must be', () => {
    for (const name of ['run/notify', 'vsock:2:1234', `/${'a'.repeat(107)}`, '@', '/'])
      assert.match(String(askedBy({ NOTIFY_SOCKET: name }, 7)), /must be an absolute path, or @ and an abstract name/);
    const warned: unknown[] = [];
    const log = { warn: (...said: unknown[]) => void warned.push(said) };
    openServiceManager({
      env: { NOTIFY_SOCKET: 'run/notify' },
      log,
      problem: () => undefined,
      status: () => '',
    }).ready();
    assert.match(JSON.stringify(warned), /the service manager cannot be told.*run\/notify/);
  });

  it('waits for signs of life of the process that it means, and of no other', () => {
    const env = { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '3000000' };
    const wait = (more: object) => (askedBy({ ...env, ...more }, 7) as { watchdogMs?: number }).watchdogMs;
    assert.equal(wait({}), 3_000);
    assert.equal(wait({ WATCHDOG_PID: '7' }), 3_000);
    assert.equal(wait({ WATCHDOG_PID: '8' }), undefined);
    for (const text of ['0', '-1', 'soon', '1e6']) assert.equal(wait({ WATCHDOG_USEC: text }), undefined, text);
  });

  it('hears four times within its patience, and each five seconds when it has none', () => {
    const asked = { socket: '/n' };
    assert.equal(beatEveryMs({ ...asked, watchdogMs: 3_000 }), 750);
    assert.equal(beatEveryMs({ ...asked, watchdogMs: 0.001 }), 1);
    assert.equal(beatEveryMs({ ...asked, watchdogMs: 3_600_000 }), 5_000);
    assert.equal(beatEveryMs({ ...asked, watchdogMs: undefined }), 5_000);
  });

  it('gets no sign of life while the engine stands still', () => {
    const asked = { socket: '/n', watchdogMs: 3_000 };
    assert.deepEqual(beatLines(asked, undefined, 'source ok'), ['STATUS=source ok', 'WATCHDOG=1']);
    assert.deepEqual(beatLines(asked, 'the engine has\nnot moved', ''), ['STATUS=the engine has not moved']);
    assert.deepEqual(beatLines({ ...asked, watchdogMs: undefined }, undefined, 'ok'), ['STATUS=ok']);
  });

  it('learns when a reading began, in microseconds', () => {
    assert.deepEqual(reloadingLines(1_234_567n), ['RELOADING=1', 'MONOTONIC_USEC=1234', 'STATUS=reading again']);
  });

  it('that has no room is told later, and only what is still true', () => {
    const heard: string[] = [];
    let result = -errnoOf('EAGAIN');
    const send = (bytes: Uint8Array) => {
      if (result === 0) heard.push(Buffer.from(bytes).toString());
      return result;
    };
    const teller = newTeller({ send, close() {} }, quiet);
    tell(teller, reloadingLines(1_000n));
    tell(teller, ['READY=1', 'STATUS=source ok']);
    result = 0;
    tell(teller, ['WATCHDOG=1']);
    tell(teller, ['STOPPING=1']);
    assert.deepEqual(heard, ['STATUS=source ok\nREADY=1\nWATCHDOG=1', 'STOPPING=1']);
  });

  it('that is gone is a line of the log, once', () => {
    const warned: unknown[] = [];
    const log = { warn: (_: string, fields: object) => void warned.push(fields) };
    const teller = newTeller({ send: () => -errnoOf('ECONNREFUSED'), close() {} }, log as typeof quiet);
    tell(teller, ['WATCHDOG=1']);
    tell(teller, ['WATCHDOG=1']);
    assert.deepEqual(warned, [{ problem: 'ECONNREFUSED' }]);
  });

  it('is not passed on to programs that the agent starts', async () => {
    const env: Record<string, string | undefined> = {
      NOTIFY_SOCKET: '@nobody-listens-here',
      WATCHDOG_PID: '1',
      A: 'a',
    };
    const manager = openServiceManager({ env, log: quiet, problem: () => undefined, status: () => 'source ok' });
    assert.deepEqual(env, { A: 'a' });
    assert.equal(await manager.reload(async () => 7), 7);
    manager.close();
  });
});
