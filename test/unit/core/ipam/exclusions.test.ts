import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { formatRange, type IpRange, parsePool } from '../../../../src/core/ip/range.js';
import { decide } from '../../../../src/core/ipam/allocate.js';
import type { Request } from '../../../../src/core/ipam/decision.js';
import {
  type Exclusion,
  type ExclusionKind,
  exclusionOf,
  exclusionsFrom,
  exclusionsIn,
  leftOut,
  nextUsable,
} from '../../../../src/core/ipam/exclusions.js';
import { createLedger } from '../../../../src/core/ipam/ledger.js';
import type { Pool } from '../../../../src/core/ipam/pool.js';

const ip = (text: string) => parseIp(text)!;
const rangesOf = (text: string): readonly IpRange[] => {
  const parsed = parsePool(text);
  assert.ok(parsed.ok);
  return parsed.ranges;
};
const pool = (address: string, o: Partial<Pool> = {}): Pool => ({
  name: 'lan',
  ranges: rangesOf(address),
  disabled: false,
  priority: 0,
  isDefault: true,
  avoidBuggyIPs: false,
  ...o,
});
const out = (text: string, kind: ExclusionKind, o: Partial<Exclusion> = {}): readonly Exclusion[] =>
  rangesOf(text).map((range) => ({ range, kind, what: `${kind} ${text}`, ...o }));
const request = (o: Partial<Request> = {}, asked: readonly string[] = []): Request => ({
  key: 'default/web',
  created: '2026-01-01T00:00:00Z',
  namespace: { name: 'default', labels: {} },
  families: [4],
  oneFamilySuffices: false,
  pools: [],
  terms: { namespace: 'default', asked: asked.map(ip), ports: ['TCP/80'], local: false, selector: '' },
  current: [],
  ...o,
});
const given = (decision: ReturnType<typeof decide>) => decision.grants.map(({ address }) => formatIp(address)).join();

describe('addresses that are nobody’s to have', () => {
  it('are stepped over, whichever kind and however many', () => {
    const exclusions = exclusionsFrom([
      ...out('10.0.0.0', 'subnet'),
      ...out('10.0.0.1', 'gateway'),
      ...out('10.0.0.2-10.0.0.200', 'node'),
      ...out('10.0.0.100-10.0.0.210', 'pods'),
    ]);
    assert.equal(given(decide(request(), [pool('10.0.0.0/24')], createLedger(), exclusions)), '10.0.0.211');
  });

  it('are not even given to who asks for one, who hears what it is', () => {
    const exclusions = exclusionsFrom(out('10.0.0.11', 'node', { what: 'an address of node n1' }));
    const decision = decide(request({}, ['10.0.0.11']), [pool('10.0.0.0/24')], createLedger(), exclusions);
    assert.ok(decision.outcome === 'refused');
    assert.equal(decision.refusal.reason, 'AddressExcluded');
    assert.equal(decision.refusal.message, '10.0.0.11 of Eip lan is an address of node n1: ask for another address');
  });

  it('are given to the Service that lists one among its own externalIPs, and to no other', () => {
    const exclusions = exclusionsFrom(out('10.0.0.11', 'service', { owner: 'default/web' }));
    const ask = (key: string) =>
      decide(request({ key }, ['10.0.0.11']), [pool('10.0.0.0/24')], createLedger(), exclusions).outcome;
    assert.deepEqual([ask('default/web'), ask('default/other')], ['allocated', 'refused']);
  });

  it('are not shared, though another Service has one', () => {
    const ledger = createLedger();
    const terms = { ...request().terms, sharingKey: 'k' };
    ledger.hold({ key: 'a/a', addresses: [ip('10.0.0.2')], terms: { ...terms, ports: ['TCP/1'] }, created: '' });
    const exclusions = exclusionsFrom(out('10.0.0.2', 'node'));
    assert.equal(given(decide(request({ terms }), [pool('10.0.0.1-10.0.0.9')], ledger, exclusions)), '10.0.0.1');
  });

  for (const kind of ['node', 'member', 'gateway', 'subnet', 'pods', 'group', 'service', 'host'] as const) {
    it(`stay with a Service that has one already: ${kind}`, () => {
      const exclusions = exclusionsFrom(out('10.0.0.2', kind));
      const current = [ip('10.0.0.2')];
      assert.equal(given(decide(request({ current }), [pool('10.0.0.0/24')], createLedger(), exclusions)), '10.0.0.2');
    });
  }

  it('do not stay when no host can ever be reached there', () => {
    const exclusions = exclusionsFrom(out('127.0.0.0/8', 'never'));
    const decision = decide(
      request({ current: [ip('127.0.0.1')], origin: 'lan' }),
      [pool('10.0.0.5')],
      createLedger(),
      exclusions,
    );
    assert.equal(given(decision), '10.0.0.5');
  });

  it('fill a pool, and the refusal says how many they are', () => {
    const exclusions = exclusionsFrom([...out('10.0.0.0', 'subnet'), ...out('10.0.0.1-10.0.0.3', 'node')]);
    const decision = decide(request(), [pool('10.0.0.0/30')], createLedger(), exclusions);
    assert.ok(decision.outcome === 'refused');
    assert.match(decision.refusal.message, /^every address of Eip lan \(4 IPv4 addresses, 4 left out/);
  });

  it('are counted and named once, the gravest reason first, without those that the pool leaves out anyway', () => {
    const exclusions = exclusionsFrom([
      ...out('10.0.0.0', 'subnet'),
      ...out('10.0.0.7', 'host'),
      ...out('10.0.0.7', 'node'),
      ...out('10.0.1.0/24', 'pods'),
    ]);
    const of = pool('10.0.0.0/24', { avoidBuggyIPs: true });
    assert.equal(leftOut(of, exclusions), 1n);
    assert.equal(leftOut(pool('10.0.0.0/24'), exclusions), 2n);
    assert.deepEqual(
      exclusionsIn(of, exclusions, 9).map(({ range, kind }) => `${formatRange(range)} ${kind}`),
      ['10.0.0.0 subnet', '10.0.0.7 node', '10.0.0.7 host'],
    );
    assert.equal(exclusionsIn(pool('10.0.0.0/15'), exclusions, 2).length, 2);
  });

  it('are found and stepped over as by looking at each', () => {
    const range = fc.tuple(fc.nat(63), fc.nat(7)).map(([first, more]): Exclusion => {
      const [from, to] = [BigInt(first), BigInt(first + more)];
      return { range: { family: 4, first: from, last: to }, kind: 'node', what: '' };
    });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.nat(80), (all, from) => {
        const exclusions = exclusionsFrom(all);
        const isOut = (value: bigint) => all.some(({ range: { first, last } }) => first <= value && value <= last);
        let expected = BigInt(from);
        while (isOut(expected)) expected += 1n;
        assert.equal(nextUsable(exclusions, 4, BigInt(from)), expected);
        assert.equal(exclusionOf(exclusions, { family: 4, value: BigInt(from) }) !== undefined, isOut(BigInt(from)));
        assert.equal(exclusionOf(exclusions, { family: 6, value: BigInt(from) }), undefined);
      }),
    );
  });
});

describe('what a Service was given last', () => {
  const lan = pool('10.0.0.0/24');
  const recorded = [ip('10.0.0.77')];

  it('it gets again', () => assert.equal(given(decide(request({ recorded }), [lan], createLedger())), '10.0.0.77'));

  it('it does not get when another has it, when it asks for another, or when its pools do not hold it', () => {
    const ledger = createLedger();
    ledger.hold({ key: 'a/a', addresses: recorded, terms: request().terms, created: '9999' });
    assert.equal(given(decide(request({ recorded }), [lan], ledger)), '10.0.0.0');
    assert.equal(given(decide(request({ recorded }, ['10.0.0.5']), [lan], createLedger())), '10.0.0.5');
    assert.equal(given(decide(request({ recorded }), [pool('10.9.0.1')], createLedger())), '10.9.0.1');
    assert.equal(
      given(decide(request({ recorded }), [pool('10.0.0.0/24', { namespaces: ['other'] })], createLedger())),
      '',
    );
  });
});
