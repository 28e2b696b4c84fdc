import assert from 'node:assert/strict';
import type { MemberReport } from '../../../../src/agent/engine/messages.js';
import { createMemberNotes } from '../../../../src/agent/status/member-notes.js';

const report = (message: string | undefined) => ({ group: 'api', state: 'Active', message }) as MemberReport;

describe('notes on a member', () => {
  const told: (string | undefined)[] = [];
  const counts: (number | undefined)[] = [];
  const note = (text: string, drainedConnections?: number) => ({ text, drainedConnections });
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

  it('of a group that is gone are not told any more', () => {
    const notes = made();
    notes.report(report('why'));
    notes.forget('api');
    notes.note('api', note('late'));
    assert.deepEqual(told, ['why']);
  });
});
