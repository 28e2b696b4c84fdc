import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { monotonicMicros } from '../../../../src/platform/linux/clock.js';
import { openPoller, type Poller } from '../../../../src/platform/linux/poller.js';
import { openWake, type Wake, wakeBytes } from '../../../../src/platform/linux/wake.js';

describe('poller', () => {
  let poller: Poller;
  let wakes: Wake[];
  let called: number[];

  /** Three descriptors in the set, each noting its number when it is called and then quiet again. */
  beforeEach(() => {
    poller = openPoller();
    called = [];
    wakes = [openWake(), openWake(), openWake()];
    wakes.forEach((wake, n) => {
      poller.add(wake.fd, () => {
        called.push(n);
        wake.drain();
      });
    });
  });
  afterEach(() => {
    poller.close();
    for (const wake of wakes) wake.close();
  });

  const wake = (...numbers: number[]): void => {
    for (const n of numbers) writeSync(wakes[n]!.fd, wakeBytes);
  };
  const took = (action: () => void): number => {
    const started = monotonicMicros();
    action();
    return monotonicMicros() - started;
  };

  it('calls back for what is ready and for nothing else', () => {
    wake(0, 2);
    poller.wait(1e6);
    assert.deepEqual(called, [0, 2]);
    poller.wait(0);
    assert.deepEqual(called, [0, 2]);
  });

  it('calls again as long as something is left to read', () => {
    poller.remove(wakes[1]!.fd);
    poller.add(wakes[1]!.fd, () => called.push(1));
    wake(1);
    poller.wait(1e6);
    poller.wait(1e6);
    assert.deepEqual(called, [1, 1]);
  });

  it('waits for its timeout when nothing happens, and not less', () => {
    for (const timeout of [1, 500, 20_000]) {
      const micros = took(() => poller.wait(timeout));
      assert.ok(micros >= timeout, `${micros} us of ${timeout}`);
    }
  });

  it('looks once and returns when the deadline has passed', () => {
    wake(1);
    const micros = took(() => {
      poller.wait(-5);
      poller.wait(0);
      poller.wait(Number.NEGATIVE_INFINITY);
    });
    assert.deepEqual(called, [1]);
    assert.ok(micros < 50_000, `${micros} us`);
  });

  it('waits a second at most when there is no deadline', () => {
    const micros = took(() => poller.wait(Number.POSITIVE_INFINITY));
    assert.ok(micros >= 1e6 && micros < 1.5e6, `${micros} us`);
  });

  it('waits without any descriptor', () => {
    poller.close();
    assert.ok(took(() => poller.wait(2_000)) >= 2_000);
  });

  /** Puts each action behind a descriptor of its own, in this order, and makes all of them ready. */
  const allReady = (...actions: readonly (() => void)[]): void => {
    for (const { fd } of wakes) poller.remove(fd);
    actions.forEach((action, n) => {
      poller.add(wakes[n]!.fd, () => {
        wakes[n]!.drain();
        action();
      });
    });
    wake(...actions.keys());
  };

  it('does not call a descriptor that a callback removed in the same turn', () => {
    allReady(
      () => poller.remove(wakes[2]!.fd),
      () => called.push(1),
      () => called.push(2),
    );
    poller.wait(1e6);
    assert.deepEqual(called, [1]);
    poller.wait(0);
    assert.deepEqual(called, [1]);
  });

  it('lets a callback remove itself, add another, and use the number of a closed descriptor again', () => {
    allReady(
      () => {
        const { fd } = wakes[1]!;
        poller.remove(fd);
        wakes[1]!.close();
        wakes[1] = openWake(); // the kernel hands out the lowest free number: the one just closed
        assert.equal(wakes[1].fd, fd);
        poller.add(fd, () => {
          called.push(99);
          wakes[1]!.drain();
        });
        wake(1);
      },
      () => called.push(1),
    );
    poller.wait(1e6);
    assert.deepEqual(called, [], 'what was added during the turn waits for the next');
    poller.wait(1e6);
    assert.deepEqual(called, [99]);
  });

  it('may be closed by a callback; those behind it are not called', () => {
    allReady(
      () => called.push(0),
      () => poller.close(),
      () => called.push(2),
    );
    poller.wait(1e6);
    poller.wait(0);
    assert.deepEqual(called, [0]);
  });

  it('loses nothing when a callback throws', () => {
    allReady(
      () => {
        throw new Error('a bug');
      },
      () => called.push(1),
    );
    assert.throws(() => poller.wait(1e6), /a bug/);
    assert.deepEqual(called, []);
    poller.wait(0);
    assert.deepEqual(called, [1]);
  });

  it('treats a descriptor added twice, or closed before it was removed, as the bug it is', () => {
    assert.throws(() => poller.add(wakes[0]!.fd, () => {}), /already in the set/);
    wakes[0]!.close();
    assert.throws(() => poller.wait(1e6), /was closed before it was removed/);
    poller.remove(wakes[0]!.fd);
    wakes[0] = openWake();
  });

  it('makes no garbage in a turn in which the set stays the same', () => {
    for (let n = 0; n < 2000; n++) poller.wait(0);
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 20_000; n++) poller.wait(0);
    const perTurn = (process.memoryUsage().heapUsed - before) / 20_000;
    assert.ok(perTurn < 200, `${perTurn.toFixed(1)} bytes a turn`);
  });
});
