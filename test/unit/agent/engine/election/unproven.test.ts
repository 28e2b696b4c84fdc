import assert from 'node:assert/strict';
import { addressKey } from '../../../../../src/agent/engine/address-key.js';
import {
  heardToLead,
  provenOnly,
  toBeAskedFor,
  unproveNeverHeld,
  unprovenOf,
} from '../../../../../src/agent/engine/election/unproven.js';

const [a, b] = [1, 2].map((n) => Uint8Array.of(192, 0, 2, n)) as [Uint8Array, Uint8Array];

describe('what is to be asked for before it is held', () => {
  const [one, two] = [Uint8Array.of(192, 0, 2, 11), Uint8Array.of(192, 0, 2, 12)];
  const fresh = (addresses: readonly Uint8Array[], advertisementInterval = 250_000) => ({
    config: { addresses, advertisementInterval },
    ...unprovenOf({ addresses }),
  });

  /** A group on NIC 2 whose addresses have been proven there. */
  const proven = (addresses: readonly Uint8Array[]) => {
    const member = fresh(addresses);
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

  for (const [interval, after] of [
    [10_000, 20_000],
    [250_000, 500_000],
    [10_000_000, 500_000],
  ] as const) {
    it(`is nothing that a leader has led with for ${after} us, by adverts that may be ${interval} us apart`, () => {
      const member = fresh([a, b], interval);
      heardToLead(member, one, 0);
      heardToLead(member, one, after - 1);
      assert.deepEqual(toBeAskedFor(member), [a, b]);
      heardToLead(member, one, after);
      assert.deepEqual(toBeAskedFor(member), []);
    });
  }

  it('is all where two lead in turns, for neither may have come to hold any', () => {
    const member = fresh([a]);
    for (let turn = 0; turn < 10; turn++) heardToLead(member, turn % 2 === 0 ? one : two, turn * 500_000);
    assert.deepEqual(toBeAskedFor(member), [a]);
  });

  it('is an address that came a moment ago to a leader that has led for long', () => {
    const before = fresh([a]);
    heardToLead(before, one, 0);
    const config = { ...before.config, addresses: [a, b] };
    const member = { config, ...unprovenOf(config, before) };
    heardToLead(member, one, 500_000);
    assert.deepEqual(toBeAskedFor(member), [b]);
    heardToLead(member, one, 1_000_000);
    assert.deepEqual(toBeAskedFor(member), []);
  });

  it('is what the last leader left to another host, which is unproven if nobody ever held it', () => {
    const config = {
      addresses: [a, b],
      notHeld: [
        { address: a, neverHeld: true },
        { address: b, neverHeld: false },
      ],
    };
    const member = { ...proven([a, b]), config };
    unproveNeverHeld(member);
    assert.deepEqual(toBeAskedFor(member), [a, b]);
    assert.deepEqual([...member.unproven.keys()], [addressKey(a)]);
  });
});
