import assert from 'node:assert/strict';
import { listingOf } from '../../../../src/agent/draining/elements.js';

describe('the elements of a table', () => {
  it('have keys that begin with the interface, and only of what a certain member hands back with its Ethernet address', () => {
    const at = { arrivesBy: 2, address: '192.0.2.100', until: 1 };
    const listing = listingOf({
      nics: new Map([[2, 2]]),
      direct: [{ ...at, to: '192.0.2.1' }],
      passed: [{ ...at, to: '192.0.2.1' }],
      returned: [
        { ...at, from: '020000000001', to: '192.0.2.2' },
        { ...at, address: '192.0.2.101', from: '020000000001', to: undefined },
      ],
      ended: [at],
      members: new Set(['020000000001']),
    });
    const lengths = [...listing].map(([set, parts]) => [
      set,
      [...parts.values()].map(({ beginning, items }) => [beginning.length, ...items.keys()]),
    ]);
    assert.deepEqual(lengths, [
      ['nics', [[4, '']]],
      ['addresses', [[4, '192.0.2.100', '192.0.2.101']]],
      ['direct', [[4, '192.0.2.100']]],
      ['passed', [[4, '192.0.2.100']]],
      ['beyond', [[12, '192.0.2.100']]],
      ['back', [[12, '192.0.2.101']]],
      ['ended', [[4, '192.0.2.100']]],
      ['members', [[0, '020000000001']]],
    ]);
  });
});
