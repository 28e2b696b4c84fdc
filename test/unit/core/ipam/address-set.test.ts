import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createAddressSet } from '../../../../src/core/ipam/address-set.js';

const size = 40n;
const change = fc.record({ add: fc.boolean(), value: fc.bigInt({ min: 0n, max: size - 1n }) });

describe('an address set', () => {
  it('answers like a plain set after any history', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        const set = createAddressSet();
        const model = new Set<bigint>();
        for (const { add, value } of changes) {
          if (add) {
            set.add(value);
            model.add(value);
          } else {
            set.remove(value);
            model.delete(value);
          }
        }
        for (let from = 0n; from < size; from++) {
          let expected = from;
          while (model.has(expected)) expected++;
          assert.equal(set.nextAbsent(from), expected);
          const counted = [...model].filter((value) => value >= from && value <= from + 5n).length;
          assert.equal(set.count(from, from + 5n), BigInt(counted));
        }
      }),
    );
  });

  it('holds a hundred thousand neighbours as one run and a /64 without enumerating it', () => {
    const set = createAddressSet();
    for (let value = 0n; value < 100_000n; value++) set.add(value);
    assert.equal(set.nextAbsent(0n), 100_000n);
    assert.equal(set.count(0n, 1n << 64n), 100_000n);
  });
});
