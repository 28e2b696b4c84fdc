import assert from 'node:assert/strict';
import { createSpareMemory } from '../../../src/agent/spare-memory.js';

describe('spare memory', () => {
  it('that taking in groups freed is given back once no others came for a while', () => {
    const { memory, done, pass } = keeper();
    memory.giveBackSoon();
    pass(5_999);
    memory.giveBackSoon();
    pass(5_999);
    assert.deepEqual(done, []);
    pass(1);
    assert.deepEqual(done, ['trim']);
  });

  it('that only the start needed is given back once, however often groups change', () => {
    const { memory, done, pass } = keeper();
    for (let second = 0; second < 300; second++) {
      memory.giveBackSoon();
      pass(1_000);
      if (second === 43) assert.deepEqual(done, []);
    }
    assert.deepEqual(done, ['collect', 'forget', 'trim']);
  });

  it('is not given back by an agent that ends', () => {
    const { memory, done, pass } = keeper();
    memory.giveBackSoon();
    memory.stop();
    pass(60_000);
    assert.deepEqual(done, []);
  });
});

function keeper() {
  const done: string[] = [];
  const timers = new Map<() => void, number>();
  let now = 0;
  const memory = createSpareMemory(
    (ms, callback) => {
      timers.set(callback, now + ms);
      return () => timers.delete(callback);
    },
    {
      collect: () => done.push('collect'),
      forgetPages: () => done.push('forget'),
      trim: () => done.push('trim'),
    },
  );
  const pass = (ms: number) => {
    now += ms;
    for (const [callback, at] of [...timers]) {
      if (at > now) continue;
      timers.delete(callback);
      callback();
    }
  };
  return { memory, done, pass };
}
