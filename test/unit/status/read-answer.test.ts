import assert from 'node:assert/strict';
import { readAgentHistory } from '../../../src/history/read-answer.js';
import { readAgentStatus } from '../../../src/status/read-answer.js';

const status = { node: 'n1', source: 'ok' };
const member = { group: 'web', state: 'Active', priority: 254, held: ['192.0.2.1'] };
const entry = { at: 1_700_000_000_000, group: 'web', from: 'Backup', to: 'Active', reason: 'no-response' };

describe('what answers at the socket of an agent', () => {
  it('is the status of one, of which what is not of its shape is left out', () => {
    const spoilt = { ...status, members: [member, null, {}, { ...member, held: 'x' }], bgp: 7, scheduling: {} };
    assert.deepEqual(readAgentStatus(JSON.stringify(spoilt)), { ...status, members: [member] });
  });

  it('is what one remembers', () => {
    const spoilt = { node: 'n1', entries: [null, entry, { ...entry, at: 'now' }] };
    assert.deepEqual(readAgentHistory(JSON.stringify(spoilt)), { node: 'n1', entries: [entry] });
  });

  for (const answer of ['', 'null', '[]', '"x"', '{}', '{"node":7}', '{"node":"n1"}', '<html>'])
    it(`is none of ours when it says ${answer || 'nothing'}`, () => {
      for (const read of [readAgentStatus, readAgentHistory])
        assert.throws(() => read(answer), /^Error: no agent of ours answers there, but something that says ".*"$/);
    });
});
