import assert from 'node:assert/strict';
import type { MemberReport } from '../../../../src/agent/engine/messages.js';
import { createMemberNotes } from '../../../../src/agent/status/member-notes.js';

const report = (message: string | undefined) => ({ group: 'api', state: 'Active', message }) as MemberReport;

describe('notes on a member', () => {
  const told: (string | undefined)[] = [];
  const counts: (number | undefined)[] = [];
  const note = (text: string, drainedConnections?: number, countedAt = 0) => ({ text, drainedConnections, countedAt });
  const made = () => {
    told.length = 0;
    counts.length = 0;
    return createMemberNotes(({ message, drainedConnections }) => {
      told.push(message);
      counts.push(drainedConnections);
    });
  };

  it('stand behind what the engine says, whichever comes first', () => {
    const notes = made();
    notes.note('api', note('hands on'));
    notes.report(report(undefined));
    notes.report(report('why'));
    assert.deepEqual(told, ['hands on', 'why; hands on']);
  });

  it('are told when they change, and when they go', () => {
    const notes = made();
    notes.report(report('why'));
    for (const text of ['a', 'a', 'b']) notes.note('api', note(text));
    notes.note('api', undefined);
    assert.deepEqual(told, ['why', 'why; a', 'why; b', 'why']);
  });

  it('have a count, and are told when that changes alone', () => {
    const notes = made();
    notes.report(report(undefined));
    for (const count of [undefined, 2, 2, 1]) notes.note('api', note('hands on', count));
    notes.report(report(undefined));
    assert.deepEqual(counts, [undefined, undefined, 2, 1, 1]);
  });

  it('tell of a count that stays the same once a minute, so that it is seen to be one of now', () => {
    const times: (number | undefined)[] = [];
    const notes = createMemberNotes(({ countedAt }) => times.push(countedAt));
    notes.report(report(undefined));
    for (let at = 10_000; at <= 130_000; at += 10_000) notes.note('api', note('hands on', 3, at));
    for (let at = 140_000; at <= 300_000; at += 10_000) notes.note('api', note('hands on', undefined, at));
    assert.deepEqual(times, [undefined, 10_000, 70_000, 130_000, 140_000]);
  });

  it('of a group that is gone are not told any more', () => {
    const notes = made();
    notes.report(report('why'));
    notes.forget('api');
    notes.note('api', note('late'));
    assert.deepEqual(told, ['why']);
  });
});
