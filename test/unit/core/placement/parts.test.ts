import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { contains, formatRange, type IpRange, parsePool, rangesSize } from '../../../../src/core/ip/range.js';
import { firstOf, type Part, partOf, partsOf, type Station } from '../../../../src/core/placement/parts.js';

describe('the parts of an Eip that names no NIC', () => {
  it('are one for each subnet of its nodes, and one for what is in none', () => {
    const stations = [on('n1', '10.1.0.0/24,10.2.0.0/24'), on('n2', '10.1.0.0/24,10.2.0.0/24')];
    assert.deepEqual(shown('10.1.0.50,10.2.0.50-10.2.0.60,198.51.100.0/30', stations), [
      '10.1.0.0/24: 10.1.0.50 on n1,n2',
      '10.2.0.0/24: 10.2.0.50-10.2.0.60 on n1,n2',
      'none: 198.51.100.0/30 on n1,n2',
    ]);
  });

  it('cut a range that spans subnets, at their borders', () => {
    assert.deepEqual(shown('10.0.0.0/8', [on('n1', '10.1.0.0/16,10.2.0.0/16')]), [
      'none: 10.0.0.0/16,10.3.0.0-10.255.255.255 on n1',
      '10.1.0.0/16: 10.1.0.0/16 on n1',
      '10.2.0.0/16: 10.2.0.0/16 on n1',
    ]);
  });

  it('are of one family each', () => {
    assert.deepEqual(shown('10.1.0.5,fd00:1::5,fd00:2::5', [on('n1', '10.1.0.0/24,fd00:1::/64')]), [
      '10.1.0.0/24: 10.1.0.5 on n1',
      'fd00:1::/64: fd00:1::5 on n1',
      'none: fd00:2::5 on n1',
    ]);
  });

  it('take of subnets within each other the smallest, as nodes do; who has the larger one alone is there as well', () => {
    const stations = [on('wide', '10.1.0.0/16'), on('narrow', '10.1.5.0/24')];
    assert.deepEqual(shown('10.1.4.0-10.1.5.255', stations), [
      '10.1.5.0/24: 10.1.5.0/24 on narrow,wide',
      '10.1.0.0/16: 10.1.4.0/24 on wide',
    ]);
  });

  it('leave out a node that is known to have no NIC there, but none of which that is not known', () => {
    const stations = [on('n1', '10.1.0.0/24'), on('n2', '10.9.0.0/24'), { ...on('n3', ''), whole: false }];
    assert.deepEqual(shown('10.1.0.5', stations), ['10.1.0.0/24: 10.1.0.5 on n1,n3']);
  });

  it('are one while nothing is known of the nodes', () => {
    const stations = ['n1', 'n2'].map((node) => ({ ...on(node, ''), whole: false }));
    assert.deepEqual(shown('10.1.0.5,10.2.0.5', stations), ['none: 10.1.0.5,10.2.0.5 on n1,n2']);
  });

  it('are bounded, whatever one node says; the subnets of many count first', () => {
    const many = Array.from({ length: 1000 }, (_, at) => `10.1.${at >> 7}.${(at & 127) * 2}/31`).join();
    const stations = [on('liar', many), on('n1', '10.1.200.0/24'), on('n2', '10.1.200.0/24')];
    const parts = partsOf(pool('10.1.0.0/16'), stations);
    assert.equal(parts.length, 257);
    assert.ok(parts.some(({ subnet }) => subnet !== undefined && formatRange(subnet) === '10.1.200.0/24'));
  });

  it('have every address once, with alike choices of each node for all of one part', () => {
    fc.assert(
      fc.property(anyRanges, anyStations, (ranges, stations) => {
        const parts = partsOf(ranges, stations);
        assert.equal(
          parts.reduce((sum, part) => sum + rangesSize(part.ranges), 0n),
          rangesSize(ranges),
        );
        for (const part of parts) {
          for (const { node, subnets } of stations) {
            const choices = new Set(part.ranges.flatMap((range) => samples(range).map((ip) => choice(ip, subnets))));
            assert.equal(choices.size, 1, `${node} takes one NIC for ${part.ranges.map(formatRange)}`);
            if (part.subnet === undefined) assert.ok(choices.has('default'));
            else if (part.nodes.includes(node)) assert.ok(!choices.has('default') || !isWhole(node, stations));
          }
          assert.ok(part.nodes.length > 0 || stations.length === 0);
        }
        assert.deepEqual(
          partsOf(ranges, [...stations].reverse())
            .map(textOf)
            .sort(),
          parts.map(textOf).sort(),
        );
      }),
    );
  });
});

describe('a group belongs to', () => {
  const parts = partsOf(pool('10.1.0.5,10.2.0.5-10.2.0.6,fd00::5'), [on('n1', '10.1.0.0/24,10.2.0.0/24')]);
  const of = (near: string, ...addresses: string[]) => {
    const family = (addresses[0] ?? near).includes(':') ? 6 : 4;
    const found = partOf({ family, near: parseIp(near), addresses: addresses.map((text) => parseIp(text)!) }, parts);
    return found && formatIp(firstOf(found));
  };
  it('the part of the address by which its nodes choose', () => {
    assert.equal(of('10.2.0.6', '10.1.0.5'), '10.2.0.5');
    assert.equal(of('fd00::5'), 'fd00::5');
  });
  it('else that of most of its addresses, else the first of its family', () => {
    assert.equal(of('', '10.1.0.5', '10.2.0.5', '10.2.0.6'), '10.2.0.5');
    assert.equal(of('192.0.2.1'), '10.1.0.5');
    assert.equal(partOf({ family: 6, near: undefined, addresses: [] }, parts.slice(0, 1)), undefined);
  });
});

function shown(text: string, stations: readonly Station[]): string[] {
  return partsOf(pool(text), stations).map(textOf);
}

function textOf({ subnet, ranges, nodes }: Part): string {
  return `${subnet === undefined ? 'none' : formatRange(subnet)}: ${ranges.map(formatRange)} on ${[...nodes].sort()}`;
}

function on(node: string, subnets: string): Station {
  return { node, subnets: subnets === '' ? [] : subnets.split(',').flatMap(pool), whole: true };
}

function pool(text: string): readonly IpRange[] {
  const parsed = parsePool(text);
  assert.ok(parsed.ok);
  return parsed.ranges;
}

function isWhole(node: string, stations: readonly Station[]): boolean {
  return stations.find((each) => each.node === node)!.whole;
}

function samples({ family, first, last }: IpRange) {
  return [first, (first + last) / 2n, last].map((value) => ({ family, value }));
}

/** As an agent chooses: the smallest subnet, else the default route. */
function choice(address: Parameters<typeof contains>[1], subnets: readonly IpRange[]): string {
  const holding = subnets.filter((subnet) => contains([subnet], address));
  const smallest = holding.reduce<IpRange | undefined>(
    (best, each) => (best === undefined || each.last - each.first < best.last - best.first ? each : best),
    undefined,
  );
  return smallest === undefined ? 'default' : formatRange(smallest);
}

const anySubnet = fc.constantFrom(
  '10.1.0.0/24',
  '10.1.0.0/16',
  '10.1.0.128/25',
  '10.2.0.0/24',
  '10.0.0.0/8',
  'fd00::/64',
);
const anyStations = fc
  .array(
    fc.record({
      subnets: fc.subarray(['10.1.0.0/24', '10.1.0.0/16', '10.1.0.128/25', '10.2.0.0/24', 'fd00::/64']),
      whole: fc.boolean(),
    }),
    {
      maxLength: 5,
    },
  )
  .map((list) => list.map(({ subnets, whole }, at): Station => ({ ...on(`n${at}`, subnets.join()), whole })));
const anyRanges = fc
  .array(
    fc.oneof(anySubnet, fc.constantFrom('10.1.0.100-10.1.0.140', '10.1.255.0-10.2.0.9', '192.0.2.0/29', 'fd00::5')),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) => pool(list.join()));
