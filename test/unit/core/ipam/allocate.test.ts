import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareIp, formatIp, type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { parsePool } from '../../../../src/core/ip/range.js';
import { decide } from '../../../../src/core/ipam/allocate.js';
import type { Decision, Request } from '../../../../src/core/ipam/decision.js';
import { createLedger, type Holding, type Ledger } from '../../../../src/core/ipam/ledger.js';
import type { Pool } from '../../../../src/core/ipam/pool.js';

describe('the pool of a Service', () => {
  const lan = pool('lan', '192.0.2.10-192.0.2.12');
  const dmz = pool('dmz', '198.51.100.0/30', { isDefault: true });
  const team = pool('team', '203.0.113.1-203.0.113.2', { namespaces: ['a'] });

  for (const [claim, pools, wanted, expected] of [
    ['is the one it names', [lan, dmz], { pools: ['lan'] }, '192.0.2.10 of lan'],
    ['is the one that holds the address it asks for', [lan, dmz], { asked: ['192.0.2.11'] }, '192.0.2.11 of lan'],
    ['is the default when it names none', [lan, dmz], {}, '198.51.100.0 of dmz'],
    ["is its namespace's before the default", [lan, dmz, team], {}, '203.0.113.1 of team'],
    ['is not one for other namespaces', [lan, dmz, team], { namespace: 'b' }, '198.51.100.0 of dmz'],
    [
      'is found by the labels of its namespace',
      [pool('blue', '192.0.2.1', { namespaceSelector: { tier: 'x' } }), dmz],
      { labels: { tier: 'x' } },
      '192.0.2.1 of blue',
    ],
    [
      'is one for its own labels, before the default',
      [pool('web', '192.0.2.1', { selects: isWeb }), dmz],
      { serviceLabels: { app: 'web' } },
      '192.0.2.1 of web',
    ],
    [
      'is not one for Services with other labels',
      [pool('web', '192.0.2.1', { selects: isWeb }), dmz],
      { serviceLabels: { app: 'db' } },
      '198.51.100.0 of dmz',
    ],
    [
      'is for its labels only in the namespaces that it is for',
      [pool('web', '192.0.2.1', { selects: isWeb, namespaces: ['a'] }), dmz],
      { serviceLabels: { app: 'web' }, namespace: 'b' },
      '198.51.100.0 of dmz',
    ],
    [
      'is not one that gives addresses only to who names it',
      [pool('own', '192.0.2.1', { namespaces: ['a'], namedOnly: true }), dmz],
      {},
      '198.51.100.0 of dmz',
    ],
    [
      'may be one that gives addresses only to who names it, when it does',
      [pool('own', '192.0.2.1', { namespaces: ['a'], namedOnly: true }), dmz],
      { pools: ['own'] },
      '192.0.2.1 of own',
    ],
    [
      'needs every label of the selector',
      [pool('blue', '192.0.2.1', { namespaceSelector: { tier: 'x', zone: '1' } }), dmz],
      { labels: { tier: 'x' } },
      '198.51.100.0 of dmz',
    ],
    [
      'is the lowest priority number of those that fit',
      [
        pool('p2', '192.0.2.2', { namespaces: ['a'], priority: 2 }),
        pool('p1', '192.0.2.1', { namespaces: ['a'], priority: 1 }),
      ],
      {},
      '192.0.2.1 of p1',
    ],
    [
      'may be a list of names, tried in order',
      [pool('off', '192.0.2.1', { disabled: true }), lan],
      { pools: ['off', 'lan'] },
      '192.0.2.10 of lan',
    ],
    [
      'gives no address ending in .0 or .255 with avoidBuggyIPs',
      [pool('dmz', '198.51.99.255,198.51.100.0/30', { isDefault: true, avoidBuggyIPs: true })],
      {},
      '198.51.100.1 of dmz',
    ],
    ['may be a /64', [pool('six', '2001:db8::/64', { isDefault: true })], { families: [6] }, '2001:db8:: of six'],
  ] as const) {
    it(claim, () => assert.equal(textOf(decide(request(wanted), pools, createLedger())), `allocated ${expected}`));
  }

  for (const [claim, pools, wanted, reason, message] of [
    [
      'names one that does not exist',
      [lan],
      { pools: ['wan'] },
      'PoolUnknown',
      /^Eip wan does not exist: there are Eip lan \(192\.0\.2\.10-192\.0\.2\.12\): create it, or name another$/,
    ],
    [
      'has no pool for its namespace',
      [lan, team],
      { namespace: 'b' },
      'NoPool',
      /^no Eip is for namespace b and none is the default: name one of Eip lan .* in the annotation eip\.openelb/,
    ],
    ['finds no Eip at all', [], {}, 'NoPool', /there is no Eip: create one$/],
    [
      'has a default that is wrong',
      [lan, pool('dmz', '198.51.100.0/30', { isDefault: true, fault: 'spec.interface: is bad' })],
      {},
      'PoolInvalid',
      /^Eip dmz gives out no addresses: spec\.interface: is bad$/,
    ],
    [
      'has one for its namespace that is disabled, and a default that is for others',
      [pool('dmz', '198.51.100.0/30', { isDefault: true, namespaces: ['b'] }), { ...team, disabled: true }],
      {},
      'PoolDisabled',
      /^Eip team is disabled/,
    ],
    [
      'asks for an address outside every pool',
      [lan, dmz],
      { asked: ['192.0.2.99'] },
      'AddressOutsidePools',
      /^no Eip holds 192\.0\.2\.99: there are Eip lan .*, Eip dmz/,
    ],
    [
      'asks for an address outside the pool it names',
      [lan, dmz],
      { pools: ['dmz'], asked: ['192.0.2.10'] },
      'AddressOutsidePools',
      /^192\.0\.2\.10 is not in Eip dmz/,
    ],
    [
      'asks for something that is no address',
      [lan],
      { badAddress: 'web' },
      'AddressInvalid',
      /^"web" is no IP address/,
    ],
    [
      'asks for an address of a family it does not have',
      [lan],
      { asked: ['2001:db8::1'] },
      'AddressInvalid',
      /2001:db8::1 is IPv6, but the Service is IPv4/,
    ],
    [
      'asks for more addresses than anybody needs',
      [pool('wide', '192.0.2.0/24')],
      { asked: Array.from({ length: 9 }, (_, at) => `192.0.2.${at}`) },
      'AddressInvalid',
      /^9 addresses are asked for: ask for 8 at most$/,
    ],
    [
      'asks for two addresses of a family, one of which no pool holds',
      [lan],
      { asked: ['192.0.2.10', '192.0.2.99'] },
      'AddressOutsidePools',
      /no Eip holds 192\.0\.2\.99/,
    ],
    [
      'names a pool of another namespace',
      [team],
      { namespace: 'b', pools: ['team'] },
      'NamespaceNotAllowed',
      /^Eip team does not serve namespace b: add it to the Eip's spec\.namespaces/,
    ],
    [
      'names a pool for Services with other labels',
      [pool('web', '192.0.2.1', { selects: isWeb })],
      { pools: ['web'], serviceLabels: {} },
      'ServiceNotSelected',
      /^Eip web is for Services with certain labels, and this one has others: give it the labels/,
    ],
    [
      'asks for an address of a pool for Services with other labels',
      [pool('web', '192.0.2.1', { selects: isWeb })],
      { asked: ['192.0.2.1'], serviceLabels: { app: 'db' } },
      'ServiceNotSelected',
      /^Eip web is for Services with certain labels/,
    ],
    [
      'asks for an address of a pool of another namespace',
      [team],
      { namespace: 'b', asked: ['203.0.113.1'] },
      'NamespaceNotAllowed',
      /Eip team does not serve namespace b/,
    ],
    [
      'names a disabled pool',
      [{ ...lan, disabled: true }],
      { pools: ['lan'] },
      'PoolDisabled',
      /Eip lan is disabled: set its spec\.disable to false/,
    ],
    [
      'names a pool that is wrong',
      [{ ...lan, ranges: [], fault: 'spec.address: range b-a runs backwards' }],
      { pools: ['lan'] },
      'PoolInvalid',
      /Eip lan gives out no addresses: spec\.address: range b-a runs backwards/,
    ],
    [
      'asks for .0 of a pool that avoids it',
      [pool('dmz', '198.51.100.0/30', { avoidBuggyIPs: true })],
      { asked: ['198.51.100.0'] },
      'AddressAvoided',
      /avoidBuggyIPs/,
    ],
    [
      'needs a family that its pool has not',
      [lan],
      { families: [6], pools: ['lan'] },
      'FamilyUnavailable',
      /Eip lan .* has no IPv6 address/,
    ],
    ['needs both families', [dmz], { families: [4, 6] }, 'FamilyUnavailable', /Eip dmz .* has no IPv6 address/],
  ] as const) {
    it(`is refused to a Service that ${claim}`, () => {
      const decision = decide(request(wanted), pools, createLedger());
      assert.equal(decision.outcome, 'refused');
      assert.equal(decision.outcome === 'refused' && decision.refusal.reason, reason);
      assert.match(decision.outcome === 'refused' ? decision.refusal.message : '', message);
      assert.deepEqual(decision.grants, []);
    });
  }

  it('is the next one when the first is full', () => {
    const pools = [
      pool('first', '192.0.2.1', { namespaces: ['a'] }),
      pool('second', '192.0.2.2', { namespaces: ['a'], priority: 1 }),
      dmz,
    ];
    const ledger = createLedger();
    const given = ['x', 'y', 'z'].map((name) => serve(request({ name }), pools, ledger));
    assert.deepEqual(given, [
      'allocated 192.0.2.1 of first',
      'allocated 192.0.2.2 of second',
      'allocated 198.51.100.0 of dmz',
    ]);
  });

  it('says so when it is full', () => {
    const ledger = createLedger();
    serve(request({ name: 'x', pools: ['one'] }), [pool('one', '192.0.2.1')], ledger);
    const decision = decide(request({ name: 'y', pools: ['one'] }), [pool('one', '192.0.2.1')], ledger);
    assert.equal(
      textOf(decision),
      'refused PoolFull: every address of Eip one (1 IPv4 address) is in use: add addresses to its spec.address, or free one',
    );
  });
});

describe('dual stack', () => {
  const both = pool('both', '192.0.2.1-192.0.2.9,2001:db8::/64', { isDefault: true });

  it('gives as many addresses of a family as are asked for by name, each once, and lets go of those that are not any more', () => {
    const wide = pool('wide', '192.0.2.0/24,2001:db8::/120', { isDefault: true });
    const asked = ['192.0.2.9', '192.0.2.7', '192.0.2.9'];
    const ledger = createLedger();
    const first = decide(request({ asked }), [wide], ledger);
    assert.equal(textOf(first), 'allocated 192.0.2.9 of wide, 192.0.2.7 of wide');
    const current = first.grants.map(({ address }) => formatIp(address));
    assert.equal(decide(request({ asked, current }), [wide], ledger).outcome, 'keep');
    const fewer = decide(request({ asked: ['192.0.2.7'], current }), [wide], ledger);
    assert.equal(textOf(fewer), 'allocated 192.0.2.7 of wide');
    const both = decide(request({ asked, families: [6, 4] }), [wide], ledger);
    assert.equal(textOf(both), 'allocated 2001:db8:: of wide, 192.0.2.9 of wide, 192.0.2.7 of wide');
    const taken = decide(request({ asked: ['192.0.2.9', '203.0.113.1'], current: ['192.0.2.9'] }), [wide], ledger);
    assert.equal(taken.outcome, 'refused');
    assert.deepEqual(
      taken.grants.map(({ address }) => formatIp(address)),
      ['192.0.2.9'],
    );
  });

  it('gives one address per family, the primary family first', () => {
    assert.equal(
      textOf(decide(request({ families: [6, 4] }), [both], createLedger())),
      'allocated 2001:db8:: of both, 192.0.2.1 of both',
    );
  });

  it('takes each family from the pool that has it', () => {
    const pools = [pool('four', '192.0.2.1', { namespaces: ['a'] }), pool('six', '2001:db8::1', { isDefault: true })];
    assert.equal(
      textOf(decide(request({ families: [4, 6] }), pools, createLedger())),
      'allocated 192.0.2.1 of four, 2001:db8::1 of six',
    );
  });

  it('is content with one family when it is only preferred, and says what is missing', () => {
    const four = pool('four', '192.0.2.1', { isDefault: true });
    const decision = decide(request({ families: [6, 4], oneFamilySuffices: true }), [four], createLedger());
    assert.equal(textOf(decision), 'allocated 192.0.2.1 of four');
    assert.equal(decision.outcome === 'allocated' && decision.lacking?.reason, 'FamilyUnavailable');
  });

  it('takes up the second family when it can be had', () => {
    const ledger = createLedger();
    const decision = decide(
      request({ families: [4, 6], oneFamilySuffices: true, current: ['192.0.2.3'] }),
      [both],
      ledger,
    );
    assert.equal(textOf(decision), 'allocated 192.0.2.3 of both, 2001:db8:: of both');
  });

  it('lets go of a family that the Service has no more', () => {
    const decision = decide(request({ families: [4], current: ['192.0.2.3', '2001:db8::5'] }), [both], createLedger());
    assert.equal(textOf(decision), 'allocated 192.0.2.3 of both');
  });
});

describe('what a Service has', () => {
  const lan = pool('lan', '192.0.2.10-192.0.2.19');
  const dmz = pool('dmz', '198.51.100.0/30', { isDefault: true });

  for (const [claim, pools, wanted, expected] of [
    [
      'stays, though a lower address is free',
      [lan],
      { pools: ['lan'], current: ['192.0.2.15'] },
      'keep 192.0.2.15 of lan',
    ],
    [
      'stays when its pool is disabled',
      [{ ...lan, disabled: true }],
      { pools: ['lan'], current: ['192.0.2.15'] },
      'keep 192.0.2.15 of lan',
    ],
    [
      'stays when its namespace is not allowed any more',
      [{ ...lan, namespaces: ['b'] }],
      { pools: ['lan'], current: ['192.0.2.15'] },
      'keep 192.0.2.15 of lan',
    ],
    ['stays when another pool would be chosen now', [lan, dmz], { current: ['192.0.2.15'] }, 'keep 192.0.2.15 of lan'],
    [
      'stays when its pool shrank below it',
      [lan],
      { pools: ['lan'], origin: 'lan', current: ['192.0.2.99'] },
      'keep 192.0.2.99 of lan',
    ],
    [
      'stays when its pool became wrong',
      [{ ...lan, ranges: [], fault: 'spec.address: …' }],
      { origin: 'lan', current: ['192.0.2.15'] },
      'keep 192.0.2.15 of lan',
    ],
    [
      'stays when its pool was split, and is announced with the new one',
      [pool('lan', '192.0.2.10-192.0.2.12'), pool('upper', '192.0.2.13-192.0.2.19')],
      { pools: ['lan'], origin: 'lan', current: ['192.0.2.15'] },
      'keep 192.0.2.15 of upper',
    ],
    [
      'moves when the Service names another pool',
      [lan, dmz],
      { pools: ['dmz'], origin: 'lan', current: ['192.0.2.15'] },
      'allocated 198.51.100.0 of dmz',
    ],
    [
      'moves when the Service asks for another address',
      [lan],
      { asked: ['192.0.2.16'], current: ['192.0.2.15'] },
      'allocated 192.0.2.16 of lan',
    ],
    [
      'moves when its pool was deleted',
      [dmz],
      { origin: 'lan', current: ['192.0.2.15'] },
      'allocated 198.51.100.0 of dmz',
    ],
  ] as const) {
    it(claim, () => assert.equal(textOf(decide(request(wanted), pools, createLedger())), expected));
  }

  it('serves on while what is asked for cannot be had', () => {
    const decision = decide(request({ asked: ['192.0.2.99'], current: ['192.0.2.15'] }), [lan], createLedger());
    assert.equal(decision.outcome, 'refused');
    assert.deepEqual(
      decision.grants.map(({ address }) => formatIp(address)),
      ['192.0.2.15'],
    );
  });

  for (const [claim, wanted] of [
    ['two others of its family are asked for in vain', { asked: ['203.0.113.1', '203.0.113.2'] }],
    ['only one of two others can be had', { asked: ['192.0.2.99', '203.0.113.2'] }],
    ['more are asked for than a Service may have', { asked: Array.from({ length: 9 }, (_, at) => `192.0.2.${at}`) }],
    ['another can be had, and its second family cannot', { asked: ['192.0.2.99'], families: [4, 6] }],
  ] as const) {
    it(`serves on while ${claim}, and nothing needs to be written`, () => {
      const current = ['192.0.2.15'];
      const decision = decide(request({ ...wanted, current }), [lan], createLedger());
      assert.equal(decision.outcome, 'refused');
      assert.deepEqual(
        decision.grants.map(({ address }) => formatIp(address)),
        current,
      );
    });
  }

  it('serves on in a family of which it gets nothing, beside what it gets of another that suffices', () => {
    const both = pool('both', '192.0.2.0/24,2001:db8::/64', { isDefault: true });
    const asked = ['203.0.113.1', '203.0.113.2'];
    const wanted = { asked, families: [4, 6], oneFamilySuffices: true, current: ['192.0.2.15'] } as const;
    const decision = decide(request(wanted), [both], createLedger());
    const current = decision.grants.map(({ address }) => formatIp(address));
    assert.deepEqual([decision.outcome, current.toSorted()], ['allocated', ['192.0.2.15', '2001:db8::']]);
    assert.equal(decide(request({ ...wanted, current }), [both], createLedger()).outcome, 'keep');
  });

  it('goes when its pool was deleted and no other fits', () => {
    const decision = decide(request({ origin: 'lan', current: ['192.0.2.15'] }), [], createLedger());
    assert.equal(decision.outcome, 'refused');
    assert.deepEqual(decision.grants, []);
  });

  it('belongs to the older of two Services that got the same address', () => {
    const ledger = createLedger();
    hold(ledger, request({ name: 'old', created: '2024-01-01T00:00:00Z' }), ['192.0.2.15']);
    const younger = request({ name: 'new', created: '2024-06-01T00:00:00Z', pools: ['lan'], current: ['192.0.2.15'] });
    assert.equal(textOf(decide(younger, [lan], ledger)), 'allocated 192.0.2.10 of lan');
    const elder = request({ name: 'older', created: '2023-01-01T00:00:00Z', pools: ['lan'], current: ['192.0.2.15'] });
    assert.equal(textOf(decide(elder, [lan], ledger)), 'keep 192.0.2.15 of lan');
  });

  it('stays shared where OpenELB let two namespaces ask for one address', () => {
    const ledger = createLedger();
    hold(ledger, request({ name: 'one', namespace: 'b', asked: ['192.0.2.15'], ports: ['TCP/80'] }), ['192.0.2.15']);
    const other = request({ asked: ['192.0.2.15'], ports: ['TCP/443'], current: ['192.0.2.15'] });
    assert.equal(textOf(decide(other, [lan], ledger)), 'keep 192.0.2.15 of lan');
  });
});

describe('an address is shared', () => {
  const lan = pool('lan', '192.0.2.10-192.0.2.19');
  const at = '192.0.2.10';
  for (const [claim, first, second, obstacle] of [
    ['in a namespace by Services that ask for it, on different ports', {}, {}, undefined],
    ['by Services with one sharing key', { sharingKey: 'k', asked: [] }, { sharingKey: 'k' }, undefined],
    ['across namespaces with a sharing key', { sharingKey: 'k', namespace: 'b' }, { sharingKey: 'k' }, undefined],
    [
      'with traffic policy Local and one selector',
      { local: true, selector: 's' },
      { local: true, selector: 's' },
      undefined,
    ],
    ['not across namespaces without a key', { namespace: 'b' }, {}, /to share it, both Services must ask/],
    ['not with a Service that did not ask for it', { asked: [] }, {}, /to share it/],
    ['not between different keys', { sharingKey: 'k', namespace: 'b' }, { sharingKey: 'l' }, /to share it/],
    ['not when a port clashes', { ports: ['TCP/80', 'UDP/53'] }, { ports: ['UDP/53'] }, /both use port UDP\/53/],
    ['not between Local and Cluster', { local: true }, {}, /externalTrafficPolicy Local/],
    [
      'not between Local Services with different selectors',
      { local: true, selector: 's' },
      { local: true, selector: 't' },
      /the same selector/,
    ],
    [
      'not between Local Services whose endpoints are written by hand, though their empty selectors are equal',
      { local: true, selector: '' },
      { local: true, selector: '' },
      /the same selector/,
    ],
    [
      'not between Local Services of two namespaces, whatever their selectors',
      { local: true, selector: 's', sharingKey: 'k', namespace: 'b' },
      { local: true, selector: 's', sharingKey: 'k' },
      /the same namespace/,
    ],
  ] as const satisfies readonly (readonly [string, object, object, RegExp | undefined])[]) {
    it(claim, () => {
      const ledger = createLedger();
      const terms = { asked: [at], ports: ['TCP/80'] };
      hold(ledger, request({ name: 'first', ...terms, ...(first as object) }), [at]);
      const decision = decide(
        request({ name: 'second', ...terms, ports: ['TCP/443'], ...(second as object) }),
        [lan],
        ledger,
      );
      if (obstacle === undefined) assert.equal(textOf(decision), `allocated ${at} of lan`);
      else {
        assert.equal(decision.outcome === 'refused' && decision.refusal.reason, 'AddressTaken');
        assert.match(decision.outcome === 'refused' ? decision.refusal.message : '', obstacle);
        assert.match(decision.outcome === 'refused' ? decision.refusal.message : '', /in use by Service .\/first/);
      }
    });
  }

  it('without being asked for by name, when the sharing key is the same and the ports fit', () => {
    const ledger = createLedger();
    const given = [
      { name: 'x', ports: ['TCP/80'] },
      { name: 'y', ports: ['TCP/443'] },
      { name: 'z', ports: ['TCP/80'] },
    ].map((terms) => serve(request({ ...terms, sharingKey: 'k', pools: ['lan'] }), [lan], ledger));
    assert.deepEqual(given, [
      'allocated 192.0.2.10 of lan',
      'allocated 192.0.2.10 of lan',
      'allocated 192.0.2.11 of lan',
    ]);
  });
});

describe('a history of Services', () => {
  const pools = [
    pool('lan', '192.0.2.1-192.0.2.6,2001:db8::1-2001:db8::4', { isDefault: true }),
    pool('team', '203.0.113.1-203.0.113.2', { namespaces: ['a'] }),
  ];
  const step = fc.record({
    name: fc.constantFrom('s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'),
    gone: fc.boolean(),
    namespace: fc.constantFrom('a', 'b'),
    families: fc.constantFrom([4], [6], [4, 6]) as fc.Arbitrary<(4 | 6)[]>,
    asked: fc.option(fc.constantFrom('192.0.2.3', '203.0.113.1'), { nil: undefined }),
    sharingKey: fc.option(fc.constantFrom('k'), { nil: undefined }),
    port: fc.constantFrom('TCP/80', 'TCP/443'),
  });

  it('never gives an address twice without consent, and decides the same when asked again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ledger = createLedger();
        const wishes = new Map<string, Wish>();
        const agreed = new Set<string>();
        /** As the controller: what a Service changed may make those that share with it move. */
        const settle = (key: string) => {
          const wish = wishes.get(key)!;
          const before = ledger.holding(key)?.addresses ?? [];
          ledger.release(key);
          const asked = request({ ...wish, current: before.map(formatIp) });
          const decision = decide(asked, pools, ledger);
          const addresses = decision.grants.map(({ address }) => address);
          const again = decide({ ...asked, current: addresses }, pools, ledger);
          assert.deepEqual(again.grants, decision.grants);
          assert.notEqual(again.outcome, 'allocated');
          ledger.hold({ key, addresses, terms: asked.terms, created: asked.created });
          for (const address of before) {
            for (const other of ledger.holders(address)) if (other.key > key) settle(other.key);
          }
        };
        for (const { name, gone, asked, port, ...rest } of steps) {
          const key = `${rest.namespace}/${name}`;
          ledger.release(gone ? key : '');
          if (gone) continue;
          wishes.set(key, { name, ...rest, asked: asked && rest.families.includes(4) ? [asked] : [], ports: [port] });
          settle(key);
          for (const { one, other, pair, byName } of pairs(ledger)) if (consents(one, other, byName)) agreed.add(pair);
        }
        for (const { one, other, pair, byName } of pairs(ledger)) {
          // What two got with consent stays while both ask for it by name: OpenELB let any two share what both ask for.
          assert.ok(consents(one, other, byName) || (byName && agreed.has(pair)), pair);
          assert.notDeepEqual(one.terms.ports, other.terms.ports);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Every two Services that have one address together. */
function* pairs(ledger: Ledger) {
  for (const one of ledger.holdings()) {
    for (const address of one.addresses) {
      const asks = ({ terms }: Holding) => terms.asked.some((each) => compareIp(each, address) === 0);
      for (const other of ledger.holders(address)) {
        if (other.key === one.key) continue;
        const pair = `${[one.key, other.key].sort().join(' and ')}: ${formatIp(address)}`;
        yield { one, other, pair, byName: asks(one) && asks(other) };
      }
    }
  }
}

/** Whether they agree to that now. `byName`: both ask for the address. */
function consents({ terms: a }: Holding, { terms: b }: Holding, byName: boolean): boolean {
  return (a.sharingKey !== undefined && a.sharingKey === b.sharingKey) || (byName && a.namespace === b.namespace);
}

function pool(name: string, address: string, rest: Partial<Pool> = {}): Pool {
  const parsed = parsePool(address);
  assert.ok(parsed.ok);
  return { name, ranges: parsed.ranges, disabled: false, priority: 0, isDefault: false, avoidBuggyIPs: false, ...rest };
}

interface Wish {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  readonly serviceLabels?: Readonly<Record<string, string>>;
  created?: string;
  families?: readonly (4 | 6)[];
  oneFamilySuffices?: boolean;
  pools?: readonly string[];
  asked?: readonly string[];
  badAddress?: string;
  sharingKey?: string | undefined;
  ports?: readonly string[];
  local?: boolean;
  selector?: string;
  current?: readonly string[];
  origin?: string;
}

function isWeb({ app }: Readonly<Record<string, string>>): boolean {
  return app === 'web';
}

function request(wish: Wish): Request {
  const namespace = wish.namespace ?? 'a';
  return {
    key: `${namespace}/${wish.name ?? 'web'}`,
    created: wish.created ?? '2024-03-01T00:00:00Z',
    namespace: { name: namespace, labels: wish.labels ?? {} },
    ...(wish.serviceLabels === undefined ? {} : { labels: wish.serviceLabels }),
    families: wish.families ?? [4],
    oneFamilySuffices: wish.oneFamilySuffices ?? false,
    pools: wish.pools ?? [],
    ...(wish.badAddress === undefined ? {} : { badAddress: wish.badAddress }),
    terms: {
      namespace,
      ...(wish.sharingKey === undefined ? {} : { sharingKey: wish.sharingKey }),
      asked: (wish.asked ?? []).map(ip),
      ports: wish.ports ?? ['TCP/80'],
      local: wish.local ?? false,
      selector: wish.selector ?? '',
    },
    current: (wish.current ?? []).map(ip),
    ...(wish.origin === undefined ? {} : { origin: wish.origin }),
  };
}

function hold(ledger: Ledger, { key, terms, created }: Request, addresses: readonly string[]): void {
  ledger.hold({ key, terms, created, addresses: addresses.map(ip) });
}

function serve(wish: Request, pools: readonly Pool[], ledger: Ledger): string {
  const decision = decide(wish, pools, ledger);
  hold(
    ledger,
    wish,
    decision.grants.map(({ address }) => formatIp(address)),
  );
  return textOf(decision);
}

function textOf(decision: Decision): string {
  if (decision.outcome === 'refused') return `refused ${decision.refusal.reason}: ${decision.refusal.message}`;
  return `${decision.outcome} ${decision.grants.map(({ address, pool: name }) => `${formatIp(address)} of ${name}`).join(', ')}`;
}

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert.ok(address);
  return address;
}
