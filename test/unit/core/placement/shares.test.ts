import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Claim, sharesOf } from '../../../../src/core/placement/shares.js';

describe('the shares of the virtual router IDs of a LAN', () => {
  it('are what each Eip wants while there is enough for all', () => {
    assert.deepEqual(of(255, { a: claim(16), b: claim(3) }), { a: 16, b: 3 });
  });

  it('are even, leave a tenth for Eips to come, and are the same whoever asks', () => {
    const pools = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`pool-${at}`, claim(16)]));
    const shares = Object.values(of(255, pools));
    assert.equal(sum(shares), 230);
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
  });

  it('give an Eip that comes late at least one, which groups without addresses make room for', () => {
    const full = { existing: 8, wanted: 16 };
    assert.deepEqual(of(24, { a: claim(16, full), b: claim(16, full), c: claim(16, full), d: claim(16) }), {
      ...{ a: 6, b: 6, c: 5, d: 5 },
    });
  });

  it('take groups that serve only where somebody else could announce an address not at all', () => {
    const serving = { existing: 5, serving: 5, needed: 1 };
    assert.deepEqual(of(10, { a: claim(5, serving), b: claim(5, serving), c: claim(16) }), { a: 5, b: 4, c: 1 });
    assert.deepEqual(of(10, { a: claim(5, serving), b: claim(5, serving), c: claim(16, { needed: 2 }) }), {
      ...{ a: 4, b: 4, c: 2 },
    });
  });

  it('never take from who needs what it has for who lacks it, however their names sort', () => {
    const has = { existing: 3, serving: 3, needed: 3 };
    assert.deepEqual(of(3, { z: claim(3, has), a: claim(1, { needed: 1 }) }), { a: 0, z: 3 });
  });

  it('of Local addresses leave a quarter for others', () => {
    assert.deepEqual(of(255, { local: claim(300, { needed: 9, local: 300 }) }), { local: 230 });
    const both = of(255, { local: claim(300, { needed: 9, local: 300 }), pool: claim(16) });
    assert.equal(both.pool, 16);
    assert.ok(both.local! >= 192);
  });

  it('never exceed what there is, nor what is wanted; what is needed comes before anything else', () => {
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 12 }), fc.nat(40), (list, capacity) => {
        const claims = list.map((each, at) => ({ ...each, claimant: `eip-${at}` }));
        const shares = sharesOf(claims, capacity);
        assert.ok(sum([...shares.values()]) <= capacity);
        for (const each of claims) {
          const most = Math.max(each.needed, each.serving, each.local, each.wanted);
          assert.ok(shares.get(each.claimant)! <= most, JSON.stringify(each));
        }
        const lacks = claims.some(({ claimant, needed }) => shares.get(claimant)! < needed);
        const spare = claims.some(({ claimant, needed }) => shares.get(claimant)! > needed);
        assert.ok(!(lacks && spare), 'somebody lacks what another only likes to have');
      }),
    );
  });

  it('stay as they are once every Eip has what it may', () => {
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 12 }), fc.nat(40), (list, capacity) => {
        const claims = list.map((each, at) => ({ ...each, claimant: `eip-${at}` }));
        const shares = sharesOf(claims, capacity);
        const settled = claims.map((each) => ({
          ...each,
          existing: shares.get(each.claimant)!,
          serving: Math.min(each.serving, shares.get(each.claimant)!),
        }));
        assert.deepEqual(sharesOf(settled, capacity), shares);
      }),
    );
  });
});

const anyClaim = fc
  .record({ needed: fc.nat(5), existing: fc.nat(12), serving: fc.nat(12), local: fc.nat(8), wanted: fc.nat(16) })
  .map((c) => ({ ...c, serving: Math.min(c.serving, c.existing), local: Math.max(c.local, c.needed) }));

function claim(wanted: number, o: Partial<Claim> = {}): Claim {
  return { claimant: '', existing: 0, serving: 0, needed: 0, local: 0, wanted, ...o };
}

function of(capacity: number, claims: Record<string, Claim>): Record<string, number> {
  const list = Object.entries(claims).map(([claimant, each]) => ({ ...each, claimant }));
  return Object.fromEntries([...sharesOf(list, capacity)].sort());
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
