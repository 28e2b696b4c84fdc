import assert from 'node:assert/strict';
import { createSupervisor } from '../../../src/agent/supervisor.js';

describe('the supervisor of the main thread', () => {
  let now: number;
  let lines: Record<string, unknown>[];
  const make = () => createSupervisor({ error: (_, fields) => void lines.push({ ...fields }) }, () => now);

  beforeEach(() => {
    now = 0;
    lines = [];
  });

  it('writes an error with its place and stack, counts it, and speaks of it for ten minutes', () => {
    const supervisor = make();
    assert.equal(supervisor.problem(), undefined);
    const done = supervisor.attempt('check', () => {
      throw new Error('no such port', { cause: new Error('99999') });
    });
    assert.equal(done, undefined);
    const [{ place, reason, times, stack } = {}] = lines;
    assert.deepEqual([place, reason, times], ['check', 'no such port: 99999', 1]);
    assert.match(String(stack), /supervisor\.test/);
    assert.deepEqual([...supervisor.counts()], [['check', 1]]);
    assert.match(supervisor.problem()!, /check: no such port: 99999$/);
    now = 600_000;
    assert.equal(supervisor.problem(), undefined);
  });

  it('hands on what goes well', () => {
    assert.equal(
      make().attempt('signal', () => 7),
      7,
    );
  });

  it('writes the same error once a minute, with how often it came, and another at once', () => {
    const supervisor = make();
    for (; now < 60_000; now += 100) supervisor.failed('uncaught', new Error('again'));
    supervisor.failed('uncaught', 'a text');
    supervisor.failed('uncaught', new Error('again'));
    assert.deepEqual(
      lines.map(({ reason, times }) => [reason, times]),
      [
        ['again', 1],
        ['a text', 1],
        ['again', 600],
      ],
    );
    assert.equal(supervisor.counts().get('uncaught'), 602);
  });

  it('tells no more than some errors a minute apart', () => {
    const supervisor = make();
    for (let n = 0; n < 1_000; n++) supervisor.failed('uncaught', new Error(`number ${n}`));
    assert.equal(lines.length, 65);
    now = 60_000;
    supervisor.failed('uncaught', new Error('number 1000'));
    assert.equal(lines.at(-1)!.reason, 'number 1000');
    assert.equal(lines.length, 66);
  });
});
