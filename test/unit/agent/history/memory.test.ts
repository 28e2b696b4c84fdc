import assert from 'node:assert/strict';
import type { Transition } from '../../../../src/agent/engine/messages.js';
import { createHistory } from '../../../../src/agent/history/memory.js';
import { type Remembered, rememberedOf } from '../../../../src/agent/history/remembered.js';

describe('what an agent remembers of its groups', () => {
  const entry = (group: string, at: number): Remembered => ({
    at,
    group,
    from: 'Backup',
    to: 'Active',
    reason: 'no-response',
    priority: 254,
  });

  it('is the latest changes, the oldest first, and no more than it has room for', () => {
    const history = createHistory({ all: 3, ofOne: 3 });
    for (let at = 0; at < 5; at++) history.remember(entry(`group-${at}`, at));
    assert.deepEqual(
      history.all().map(({ at }) => at),
      [2, 3, 4],
    );
  });

  it('is not filled by one group that goes back and forth', () => {
    const history = createHistory({ all: 10, ofOne: 2 });
    history.remember(entry('calm', 0));
    for (let at = 1; at < 100; at++) history.remember(entry('restless', at));
    assert.deepEqual(
      history.all().map(({ group, at }) => `${group} ${at}`),
      ['calm 0', 'restless 98', 'restless 99'],
    );
  });

  it('has the wall clock in milliseconds, and who leads now or led before', () => {
    const transition: Transition = {
      type: 'transition',
      at: 1_767_225_600_123_456,
      group: 'web',
      from: 'Backup',
      to: 'Active',
      reason: 'no-response',
      priority: 254,
      interface: 'eth0',
      address: '192.0.2.1',
      formerSource: '192.0.2.2',
    };
    assert.deepEqual(rememberedOf(transition), { ...entry('web', 1_767_225_600_123), peer: '192.0.2.2' });
    assert.equal(rememberedOf({ ...transition, activeSource: '192.0.2.3' }).peer, '192.0.2.3');
  });
});
