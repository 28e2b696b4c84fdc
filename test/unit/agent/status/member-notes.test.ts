import assert from 'node:assert/strict';
import type { MemberReport } from '../../../../src/agent/engine/messages.js';
import { createMemberNotes } from '../../../../src/agent/status/member-notes.js';

const report = (message: string | undefined) => ({ group: 'api', state: 'Active', message }) as MemberReport;

describe('notes on a member', () => {
  const told: (string | undefined)[] = [];
  const made = () => {
    told.length = 0;
    return createMemberNotes(({ message }) => void told.push(message));
  };

  it('stand behind what the engine says, whichever comes first', () => {
    const notes = made();
    notes.note('api', 'hands on');
    notes.report(report(undefined));
    notes.report(report('why'));
    assert.deepEqual(told, ['hands on', 'why; hands on']);
  });

  it('are told when they change, and when they go', () => {
    const notes = made();
    notes.report(report('why'));
    for (const text of ['a', 'a', 'b', undefined]) notes.note('api', text);
    assert.deepEqual(told, ['why', 'why; a', 'why; b', 'why']);
  });

  it('of a group that is gone are not told any more', () => {
    const notes = made();
    notes.report(report('why'));
    notes.forget('api');
    notes.note('api', 'late');
    assert.deepEqual(told, ['why']);
  });
});
