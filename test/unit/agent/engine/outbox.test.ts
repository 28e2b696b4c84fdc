import assert from 'node:assert/strict';
import type { EngineEvent } from '../../../../src/agent/engine/messages.js';
import { emptyOutbox, type Outbox, takeOut } from '../../../../src/agent/engine/outbox.js';

const line = (n: number): EngineEvent => ({ type: 'log', level: 'info', message: `line ${n}`, fields: {} });
const member = (group: string, priority: number) => ({ type: 'member', group, priority }) as EngineEvent;

/** Sends until nothing more goes, as to a main thread that has stopped. */
function fill(outbox: Outbox): void {
  do outbox.events.push(line(0));
  while (takeOut(outbox, 0) !== undefined);
}

describe('what the engine has to tell', () => {
  it('is sent as it comes, in order', () => {
    const outbox = emptyOutbox();
    assert.equal(takeOut(outbox, 0), undefined);
    outbox.events.push(line(1), line(2));
    assert.deepEqual(takeOut(outbox, 0), [line(1), line(2)]);
    assert.equal(takeOut(outbox, 0), undefined);
  });

  it('waits while the main thread has taken nothing for a while', () => {
    const outbox = emptyOutbox();
    fill(outbox);
    const { sent } = outbox;
    assert.ok(sent > 0 && sent < 100);
    assert.equal(takeOut(outbox, 0), undefined);
    assert.deepEqual(takeOut(outbox, 1), [line(0)]);
  });

  it('stays within bounds however much happens meanwhile, and says how much was dropped', () => {
    const outbox = emptyOutbox();
    fill(outbox);
    let most = 0;
    for (let n = 0; n < 1_000_000; n++) {
      outbox.events.push(line(n));
      assert.equal(takeOut(outbox, 0), undefined);
      most = Math.max(most, outbox.events.length);
    }
    assert.ok(most <= 2_001, `${most} events`);
    const told = takeOut(outbox, outbox.sent)!;
    const last = told.at(-1)!;
    assert.ok(last.type === 'log' && last.level === 'warn');
    assert.deepEqual(last.fields, { events: 1_000_001 - (told.length - 1) });
    assert.deepEqual(told.at(-2), line(999_999));
    outbox.events.push(line(1));
    assert.deepEqual(takeOut(outbox, outbox.sent), [line(1)], 'it is said once');
  });

  it('keeps the last report of each member, and whatever asks for an act or answers', () => {
    const outbox = emptyOutbox();
    fill(outbox);
    const kept: EngineEvent[] = [{ type: 'spent-socket', fd: 7 }, { type: 'released' }];
    outbox.events.push(...kept);
    for (let n = 0; n < 10_000; n++) {
      outbox.events.push(member('web', n), member('db', n), line(n));
      takeOut(outbox, 0);
    }
    outbox.events.push(member('web', 10_000));
    const told = takeOut(outbox, outbox.sent)!;
    for (const each of kept) assert.ok(told.includes(each), each.type);
    assert.deepEqual(
      told.findLast((each) => each.type === 'member' && each.group === 'web'),
      member('web', 10_000),
    );
    assert.deepEqual(
      told.findLast((each) => each.type === 'member' && each.group === 'db'),
      member('db', 9_999),
    );
  });
});
