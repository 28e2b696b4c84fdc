import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroup, VipGroupSpec } from '../../../../src/api/vip-group.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { newIdAllocation } from '../../../../src/controller/groups/id-allocation.js';
import { intentOf } from '../../../../src/controller/groups/intent.js';
import { leadingElsewhere } from '../../../../src/controller/groups/plan-parts.js';
import type { Situation } from '../../../../src/controller/groups/situation.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { exclusionsFrom, noExclusions } from '../../../../src/core/ipam/exclusions.js';

const lan: Eip = {
  metadata: { name: 'lan' },
  spec: { address: '192.0.2.0/29', protocol: 'vip', interface: 'eth0', vrrp: { groups: 1 } },
};
const nodes: readonly Node[] = ['n1', 'n2'].map((name) => ({ metadata: { name } }));
const ip = (text: string) => parseIp(text)!;

function situation(o: Partial<Situation> & { spec?: Partial<Eip['spec']>; wrong?: Eip['wrong'] } = {}): Situation {
  const { spec, wrong, ...rest } = o;
  const eip = { ...lan, spec: { ...lan.spec, ...spec }, ...(wrong === undefined ? {} : { wrong }) };
  const [pool] = poolsOf([eip]);
  return {
    eip: 'lan',
    pool,
    object: eip,
    present: [],
    holdings: [],
    groups: o.present ?? [],
    eips: [eip],
    nodes,
    agents: { network: () => undefined, silence: () => undefined, beganMs: () => undefined },
    exclusions: noExclusions,
    virtualRouterIds: { first: 1, last: 255, reserved: new Set() },
    salt: 'cluster',
    now: 0,
    wall: Date.UTC(2026, 0, 2),
    ...rest,
  };
}

/** The groups of an intent as they are once they are written. */
function written(specs: ReadonlyMap<string, VipGroupSpec>): readonly VipGroup[] {
  return [...specs].map(([name, spec]) => ({ metadata: { name }, spec }));
}

const intent = (o: Parameters<typeof situation>[0] = {}) => intentOf(situation(o), newIdAllocation());
const addresses = (specs: ReadonlyMap<string, VipGroupSpec>) => [...specs.values()].flatMap((spec) => spec.addresses);
const reasons = (warnings: readonly { readonly reason: string }[]) => warnings.map(({ reason }) => reason);

describe('the groups of an Eip are to be', () => {
  it('there before the first Service needs one, on every node that may', () => {
    const { specs, warnings } = intent();
    assert.equal(specs.size, 1);
    const [spec] = [...specs.values()];
    assert.deepEqual(spec?.members.map(({ node }) => node).sort(), ['n1', 'n2']);
    assert.deepEqual([spec?.addresses, warnings], [[], []]);
  });

  it('such that each address is in one of them, once for all Services that share it', () => {
    const holdings = ['192.0.2.1', '192.0.2.2', '192.0.2.1'].map((text) => ({ address: ip(text) }));
    assert.deepEqual(addresses(intent({ holdings }).specs), ['192.0.2.1', '192.0.2.2']);
  });

  it('the same again from the same: nothing is written twice', () => {
    const allocation = newIdAllocation();
    const holdings = [{ address: ip('192.0.2.1') }];
    const { specs } = intentOf(situation({ holdings }), allocation);
    assert.deepEqual(intentOf(situation({ holdings, present: written(specs) }), allocation).specs, specs);
  });

  it('without what is a node’s own, whichever Service has it', () => {
    const { family, value } = ip('192.0.2.1');
    const exclusions = exclusionsFrom([{ range: { family, first: value, last: value }, kind: 'node', what: 'n' }]);
    const holdings = ['192.0.2.1', '192.0.2.2'].map((text) => ({ address: ip(text) }));
    assert.deepEqual(addresses(intent({ holdings, exclusions }).specs), ['192.0.2.2']);
  });

  it('on the nodes with a ready endpoint alone, for what a Local Service has', () => {
    const { specs } = intent({ holdings: [{ address: ip('192.0.2.1'), onlyOn: ['n2'] }] });
    const spec = [...specs.values()].find((each) => each.addresses.includes('192.0.2.1'));
    assert.deepEqual(
      spec?.members.map(({ node }) => node),
      ['n2'],
    );
  });

  it('as they are but for addresses that nobody has, while the Eip is wrong', () => {
    const allocation = newIdAllocation();
    const holdings = [{ address: ip('192.0.2.1') }, { address: ip('192.0.2.2') }];
    const present = written(intentOf(situation({ holdings }), allocation).specs);
    const wrong = [{ path: 'spec.address', message: 'is wrong' }];
    const { specs } = intentOf(situation({ holdings: holdings.slice(1), present, wrong }), allocation);
    const [before] = present;
    const left = { ...before!.spec, addresses: ['192.0.2.2'], addressCount: 1 };
    assert.deepEqual([...specs], [[before!.metadata.name, left]]);
  });

  it('none where the Eip is gone; then others may have its share of the IDs, as where it has protocol bgp', () => {
    for (const [o, groups] of [
      [{ pool: undefined }, 0],
      [{ spec: { protocol: 'bgp' as const } }, 1],
    ] as const) {
      const allocation = newIdAllocation();
      for (const eip of ['lan', 'other']) intentOf(situation({ eip }), allocation);
      const { specs, others } = intentOf(situation(o), allocation);
      assert.deepEqual([specs.size, others], [groups, ['other']]);
    }
  });
});

describe('the groups of an Eip of protocol bgp are to be', () => {
  const bgp = { protocol: 'bgp' as const };
  const holdings = [{ address: ip('192.0.2.1') }, { address: ip('192.0.2.2'), onlyOn: ['n2'] }];

  it('one, of every node that may, without a virtual router ID, with the labels of the Eip', () => {
    const labelled = { ...lan, metadata: { ...lan.metadata, labels: { tier: 'gold' } }, spec: { ...lan.spec, ...bgp } };
    const { specs } = intent({ spec: bgp, holdings: holdings.slice(0, 1), object: labelled });
    assert.deepEqual(
      [...specs],
      [
        [
          'lan-0',
          {
            eip: 'lan',
            protocol: 'bgp',
            ipFamily: 'IPv4',
            addresses: ['192.0.2.1'],
            addressCount: 1,
            eipLabels: { tier: 'gold' },
            members: [
              { node: 'n1', priority: 100 },
              { node: 'n2', priority: 100 },
            ],
          },
        ],
      ],
    );
  });

  it('the same when they are looked at again', () => {
    const { specs } = intent({ spec: bgp, holdings });
    assert.deepEqual(intent({ spec: bgp, holdings, present: written(specs) }).specs, specs);
  });

  it('where a Local address stays when its nodes are others, and the others say nothing of it', () => {
    const { specs } = intent({ spec: bgp, holdings });
    const moved = [holdings[0]!, { ...holdings[1]!, onlyOn: ['n1'] }];
    const after = intent({ spec: bgp, holdings: moved, present: written(specs) }).specs;
    const placeOf = (all: typeof specs) => [...all].find(([, spec]) => spec.addresses.includes('192.0.2.2'))?.[0];
    assert.equal(placeOf(after), placeOf(specs));
    assert.deepEqual(after.get('lan-0'), specs.get('lan-0'));
  });

  it('such that a Local address becomes one for all nodes, and back, in its group', () => {
    const present = written(intent({ spec: bgp, holdings: [{ address: ip('192.0.2.1') }] }).specs);
    const local = intent({ spec: bgp, holdings: [{ address: ip('192.0.2.1'), onlyOn: ['n2'] }], present }).specs;
    assert.deepEqual(local.get('lan-0')?.addresses, ['192.0.2.1']);
    assert.deepEqual(
      local.get('lan-0')?.members.map(({ node }) => node),
      ['n2'],
    );
  });

  it('marked where a node is cordoned, which stays for what it alone can serve', () => {
    const cordoned = [nodes[0]!, { ...nodes[1]!, spec: { unschedulable: true } }];
    const { specs } = intent({ spec: bgp, holdings, nodes: cordoned });
    for (const spec of specs.values())
      assert.equal(spec.members.find(({ node }) => node === 'n2')?.lastResort, 'Cordoned');
  });

  it('as they are but for addresses that nobody has, while the Eip is wrong', () => {
    const shared = [{ address: ip('192.0.2.3'), onlyOn: ['n1'] }, ...holdings];
    const present = written(intent({ spec: bgp, holdings: shared }).specs);
    const wrong = [{ path: 'spec.address', message: 'is wrong' }];
    const { specs } = intent({ spec: bgp, holdings, present, wrong });
    const expected = present.map(({ metadata, spec }) => {
      const left = spec.addresses.filter((each) => each !== '192.0.2.3');
      const { onlyOn = {}, ...rest } = spec;
      const { '192.0.2.3': _, ...kept } = onlyOn;
      return [
        metadata.name,
        { ...rest, addresses: left, addressCount: left.length, ...(Object.keys(kept).length > 0 && { onlyOn: kept }) },
      ];
    });
    assert.deepEqual([...specs], expected);
  });
});

describe('of the groups of an Eip people hear', () => {
  const holdings = [{ address: ip('192.0.2.1') }];

  it('that no node may announce its addresses, once it has some', () => {
    assert.deepEqual(reasons(intent({ nodes: [], holdings }).warnings), ['NoEligibleNode']);
    assert.deepEqual(reasons(intent({ nodes: [] }).warnings), []);
  });

  it('that no virtual router ID is left for an address, which is then in no group', () => {
    const virtualRouterIds = { first: 7, last: 7, reserved: new Set<number>() };
    const taken: VipGroup = {
      metadata: { name: 'by-hand' },
      spec: { protocol: 'vip', addresses: ['203.0.113.1'], members: [], vrrp: { virtualRouterId: 7 } },
    };
    const { unplaced, short, warnings } = intent({ virtualRouterIds, holdings, groups: [taken] });
    assert.deepEqual([unplaced.map(formatIp), short, reasons(warnings)], [['192.0.2.1'], true, ['NoVirtualRouterId']]);
  });

  it('that a group which somebody made by hand has an address of a Service', () => {
    const byHand: VipGroup = {
      metadata: { name: 'by-hand' },
      spec: { protocol: 'vip', addresses: ['192.0.2.1'], members: [] },
    };
    const [warning] = intent({ holdings, groups: [byHand] }).warnings;
    assert.equal(warning?.reason, 'AddressInOtherGroup');
    assert.match(warning?.message ?? '', /^VipGroup by-hand, .* has 192\.0\.2\.1: /);
  });
});

describe('who leads elsewhere', () => {
  it('are the first members of other Eips’ groups, by what those weigh', () => {
    const members = [
      { node: 'n1', priority: 100 },
      { node: 'n2', priority: 254 },
    ];
    const group = (name: string, eip: string, count: number): VipGroup => ({
      metadata: { name },
      spec: { eip, protocol: 'vip', addresses: ['192.0.2.1', '192.0.2.2'].slice(0, count), members },
    });
    const empty = leadingElsewhere([group('a-0', 'a', 0)], 'lan').get('n2')!;
    const leading = leadingElsewhere([group('a-0', 'a', 2), group('b-0', 'b', 0), group('lan-0', 'lan', 2)], 'lan');
    assert.deepEqual([...leading.keys()], ['n2']);
    assert.ok(leading.get('n2')! > 2 * empty);
  });
});
