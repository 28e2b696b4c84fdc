import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseDiscriminator, chooseSourcePort } from '../../../../src/core/bfd/identity.js';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const taken = (min: number, max: number) => fc.uniqueArray(fc.integer({ min, max })).map((list) => new Set(list));

describe('a discriminator', () => {
  it('is never 0 and never one that is taken', () => {
    fc.assert(
      fc.property(taken(0, 0xffff_ffff), chance, (others, random) => {
        const chosen = chooseDiscriminator(others, random);
        assert.ok(Number.isInteger(chosen) && chosen >= 1 && chosen <= 0xffff_ffff);
        assert.ok(!others.has(chosen));
      }),
    );
  });

  it('is the next free one after those that are taken, around the end', () => {
    assert.equal(chooseDiscriminator(new Set(), 0), 1);
    assert.equal(chooseDiscriminator(new Set([1, 2]), 0), 3);
    const last = 1 - 2 ** -40;
    assert.equal(chooseDiscriminator(new Set(), last), 0xffff_ffff);
    assert.equal(chooseDiscriminator(new Set([0xffff_ffff]), last), 1);
  });
});

describe('a source port', () => {
  it('is one of 49152 to 65535 that is not taken', () => {
    fc.assert(
      fc.property(taken(49_152, 49_200), chance, (others, random) => {
        const chosen = chooseSourcePort(others, random)!;
        assert.ok(chosen >= 49_152 && chosen <= 65_535 && !others.has(chosen));
      }),
    );
  });

  it('is none when all are taken, and the last free one when all others are', () => {
    const all = new Set(Array.from({ length: 16_384 }, (_, i) => 49_152 + i));
    assert.equal(chooseSourcePort(all, 0.5), undefined);
    all.delete(49_152);
    assert.equal(chooseSourcePort(all, 0.5), 49_152);
  });
});
