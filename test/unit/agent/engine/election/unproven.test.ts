import assert from 'node:assert/strict';
import { provenOnly, toBeAskedFor, unprovenOf } from '../../../../../src/agent/engine/election/unproven.js';

const [a, b] = [1, 2].map((n) => Uint8Array.of(192, 0, 2, n)) as [Uint8Array, Uint8Array];

describe('what is to be asked for before it is held', () => {
  /** A group on NIC 2 whose addresses have been proven there. */
  const proven = (addresses: readonly Uint8Array[]) => {
    const member = { config: { addresses }, ...unprovenOf({ addresses }) };
    provenOnly(member, 2);
    assert.deepEqual(toBeAskedFor(member), addresses, 'at first all');
    member.unproven.clear();
    return member;
  };

  it('is nothing while the group stays where its addresses were proven', () => {
    const member = proven([a]);
    provenOnly(member, 2);
    assert.deepEqual(toBeAskedFor(member), []);
  });

  it('is all on another NIC', () => {
    const member = proven([a]);
    provenOnly(member, 3);
    assert.deepEqual(toBeAskedFor(member), [a]);
  });

  it('is what a new configuration adds, until it is proven, through further configurations', () => {
    const before = proven([a]);
    const config = { addresses: [a, b] };
    const member = { config, ...unprovenOf(config, before) };
    assert.deepEqual(toBeAskedFor(member), [b]);
    assert.deepEqual(toBeAskedFor({ config, ...unprovenOf(config, member) }), [b]);
    provenOnly(member, 2);
    assert.deepEqual(toBeAskedFor(member), [b]);
  });

  it('is an address that was taken away and comes back', () => {
    const without = { config: { addresses: [] }, ...unprovenOf({ addresses: [] }, proven([a])) };
    assert.deepEqual(toBeAskedFor({ config: { addresses: [a] }, ...unprovenOf({ addresses: [a] }, without) }), [a]);
  });
});
