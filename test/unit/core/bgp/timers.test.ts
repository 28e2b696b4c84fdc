import assert from 'node:assert/strict';
import { step } from '../../../../src/core/bgp/session.js';
import { backOff, jittered, keepaliveInterval, sendHoldTime } from '../../../../src/core/bgp/timers.js';
import { never } from '../../../../src/core/time.js';
import { openConfirm, openSent, seconds, time } from './given.js';

describe('the timers of BGP', () => {
  it('are shortened by chance to three quarters at most', () => {
    assert.equal(jittered(seconds(100), 0), seconds(75));
    assert.equal(jittered(seconds(100), 0.5), seconds(87.5));
    assert.equal(jittered(seconds(100), 1), seconds(100));
  });

  it('of a KEEPALIVE are a third of the hold time, shortened, but no less than a second', () => {
    assert.equal(keepaliveInterval(90, 1), seconds(30));
    assert.equal(keepaliveInterval(90, 0), seconds(22.5));
    assert.equal(keepaliveInterval(3, 0), seconds(1));
  });

  it('of a failure double from 1 s to the longest, and are shortened', () => {
    assert.deepEqual(
      [1, 2, 5, 6, 1000].map((failures) => backOff(failures, seconds(30), 1)),
      [1, 2, 16, 30, 30].map(seconds),
    );
    assert.equal(backOff(6, seconds(30), 0), seconds(22.5));
    assert.equal(backOff(6, seconds(5), 1), seconds(5));
  });

  it('of sending are 8 minutes, or twice the hold time, and none without one', () => {
    assert.equal(sendHoldTime(9), seconds(480));
    assert.equal(sendHoldTime(600), seconds(1200));
    assert.equal(sendHoldTime(0), never);
  });

  it('of a session are shortened by the chance of the step that sets them', () => {
    const failed = step(openSent(), { type: 'received', connection: 1, octets: new Uint8Array(19) }, 0, 0).session;
    assert.equal(failed.state, 'Idle');
    assert.equal(failed.deadline, seconds(0.75));
    const sent = step(openConfirm(), time, seconds(3), 0).session;
    assert.equal(sent.connections[0]!.keepaliveAt, seconds(3 + 2.25));
  });
});
