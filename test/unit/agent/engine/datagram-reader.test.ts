import assert from 'node:assert/strict';
import { createDatagramReader } from '../../../../src/agent/engine/datagram-reader.js';
import { type Micros, never } from '../../../../src/core/time.js';
import type { DatagramSocket, ReceivedDatagram } from '../../../../src/platform/linux/datagram-socket.js';

describe('a reader of datagrams', () => {
  let now: Micros;
  let waiting: number;
  let polled: boolean;
  let wake: () => void;
  const reader = (most = 64) =>
    createDatagramReader(
      {
        now: () => now,
        poller: {
          add(_, onReady) {
            polled = true;
            wake = onReady;
          },
          remove() {
            polled = false;
          },
        },
      },
      { fd: 7, receive: () => (waiting-- > 0 ? ({} as ReceivedDatagram) : undefined), close() {} } as DatagramSocket,
      { most, window: 10_000 },
    );
  const taken = (from: ReturnType<typeof reader>) => {
    let count = 0;
    from.work(() => count++);
    return count;
  };

  beforeEach(() => {
    now = 0;
    waiting = 0;
  });

  it('wakes for what comes in, and reads nothing otherwise', () => {
    const attentive = reader();
    assert.equal(taken(attentive), 0);
    waiting = 2;
    assert.deepEqual([taken(attentive), polled], [0, true]);
    wake();
    assert.equal(attentive.deadline(), 0);
    assert.equal(taken(attentive), 2);
  });

  it('that need not attend looks when it is called, and wakes nobody', () => {
    const idle = reader();
    idle.attend(false);
    waiting = 2;
    assert.deepEqual([polled, idle.deadline()], [false, never]);
    now = 5_000;
    assert.deepEqual([taken(idle), idle.drainedAt()], [2, 5_000]);
    now = 20_000; // another window
    assert.deepEqual([taken(idle), polled, idle.deadline()], [0, false, never]);
  });

  it('finds what came before it attended again', () => {
    const again = reader();
    again.attend(false);
    taken(again);
    waiting = 1;
    again.attend(true);
    assert.deepEqual([polled, again.deadline()], [true, 0]);
    assert.equal(taken(again), 1);
  });

  it('takes no more than its budget in a window, attentive or not', () => {
    for (const wanted of [true, false]) {
      now += 100_000;
      const bounded = reader(3);
      bounded.attend(wanted);
      waiting = 5;
      assert.deepEqual([taken(bounded), taken(bounded), polled], [3, 0, false]);
      now += 10_000;
      assert.deepEqual([taken(bounded), polled], [2, wanted]);
    }
  });
});
