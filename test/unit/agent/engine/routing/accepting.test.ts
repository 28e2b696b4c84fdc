import assert from 'node:assert/strict';
import {
  acceptDeadline,
  acceptFrom,
  openAccepting,
  resumeAccepting,
  stopAccepting,
} from '../../../../../src/agent/engine/routing/accepting.js';
import { never } from '../../../../../src/core/time.js';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import type { Poller } from '../../../../../src/platform/linux/poller.js';
import type { TcpSocket } from '../../../../../src/platform/linux/tcp-socket.js';
import { seconds } from '../../../core/bgp/given.js';

/** A listener whose queue is the test's, and what was told of it. */
function open() {
  const kernel = {
    now: seconds(10),
    waiting: 0,
    failing: undefined as 'EMFILE' | 'ENOMEM' | undefined,
    tried: 0,
    ready: undefined as (() => void) | undefined,
  };
  const poller = {
    add(_: number, onReady: () => void) {
      assert.equal(kernel.ready, undefined, 'the listener is polled already');
      kernel.ready = onReady;
    },
    remove() {
      kernel.ready = undefined;
    },
  } as unknown as Poller;
  const accept = () => {
    kernel.tried++;
    if (kernel.failing !== undefined)
      throw new LinuxError({ errno: errnoOf(kernel.failing), operation: 'accept on', object: 'TCP port 179' });
    return kernel.waiting-- > 0 ? ({} as TcpSocket) : undefined;
  };
  const all = openAccepting(poller, () => kernel.now);
  const told: string[] = [];
  const from = {
    listener: { fd: 9, accept },
    taken: () => void told.push('taken'),
    stalled: (error: LinuxError | undefined) => void told.push(error?.code ?? 'well again'),
  };
  acceptFrom(all, from);
  return { kernel, all, from, told };
}

describe('a listener', () => {
  it('gives all that wait, and no more in a turn than may wait', () => {
    const { kernel, all, told } = open();
    kernel.waiting = 70;
    kernel.ready!();
    assert.deepEqual([told.length, acceptDeadline(all)], [64, never]);
    kernel.ready!();
    assert.deepEqual([told.length, told.at(-1)], [70, 'taken']);
  });

  it('that cannot give for want of descriptors is left alone for a second, and asked again until it can', () => {
    const { kernel, all, told } = open();
    kernel.waiting = 1;
    kernel.failing = 'EMFILE';
    kernel.ready!();
    assert.deepEqual([kernel.ready, acceptDeadline(all), told], [undefined, seconds(11), ['EMFILE']]);
    resumeAccepting(all);
    kernel.now = seconds(11) - 1;
    resumeAccepting(all);
    assert.equal(kernel.tried, 1);
    kernel.now = seconds(11);
    resumeAccepting(all);
    assert.deepEqual([kernel.ready, kernel.tried, acceptDeadline(all)], [undefined, 2, seconds(12)]);
    kernel.failing = undefined;
    kernel.now = seconds(12);
    resumeAccepting(all);
    assert.deepEqual(told, ['EMFILE', 'EMFILE', 'taken', 'well again']);
    assert.deepEqual([typeof kernel.ready, acceptDeadline(all)], ['function', never]);
  });

  it('that is closed meanwhile is not asked any more', () => {
    const { kernel, all, from } = open();
    kernel.failing = 'ENOMEM';
    kernel.ready!();
    stopAccepting(all, from);
    assert.equal(acceptDeadline(all), never);
    kernel.now = seconds(12);
    resumeAccepting(all);
    assert.deepEqual([kernel.tried, kernel.ready], [1, undefined]);
  });
});
