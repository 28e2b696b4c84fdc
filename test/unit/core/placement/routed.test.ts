import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Family, formatIp } from '../../../../src/core/ip/address.js';
import type { PlacedAddress } from '../../../../src/core/placement/group.js';
import { planRouted, type RoutedDemand, type RoutedGroup } from '../../../../src/core/placement/routed.js';

const v4 = (n: number): PlacedAddress['address'] => ({ family: 4, value: 0xc633_0000n + BigInt(n) });
const v6 = (n: number): PlacedAddress['address'] => ({ family: 6, value: (0x2001_0db8n << 96n) + BigInt(n) });
const nodes = ['n1', 'n2', 'n3'];
const demand = (o: Partial<RoutedDemand> = {}): RoutedDemand => ({
  eip: 'wan',
  addresses: [],
  nodes,
  room: { 4: 65_536, 6: 0 },
  existing: [],
  otherNames: new Set(),
  ...o,
});
const addresses = (count: number) => Array.from({ length: count }, (_, n) => ({ address: v4(n) }));
const sizes = (groups: readonly RoutedGroup[]) => groups.map((group) => group.addresses.length);
/** Who announces what, by the words of the groups. */
const served = (groups: readonly RoutedGroup[]) =>
  new Map(
    groups.flatMap((group) =>
      group.addresses.map((text) => [text, [...(group.onlyOn.get(text) ?? group.members)]] as const),
    ),
  );

describe('the groups whose addresses routers are told of', () => {
  it('are one for each family, made before the first address needs it', () => {
    const groups = planRouted(demand({ room: { 4: 10, 6: 10 } }));
    assert.deepEqual(
      groups.map(({ name, family, members }) => [name, family, members]),
      [
        ['wan-0', 4, nodes],
        ['wan-1', 6, nodes],
      ],
    );
  });

  it('are none where the Eip has neither addresses in use nor any to give, or no node', () => {
    assert.deepEqual(planRouted(demand({ room: { 4: 0, 6: 0 } })), []);
    assert.deepEqual(planRouted(demand({ nodes: [] })), []);
  });

  it('split where one would be too large, and have one with room ahead', () => {
    assert.deepEqual(sizes(planRouted(demand({ addresses: addresses(2_500) }))), [1_000, 1_000, 500]);
    assert.deepEqual(sizes(planRouted(demand({ addresses: addresses(1_000) }))), [1_000, 0]);
  });

  it('take the names that others have not', () => {
    const groups = planRouted(demand({ otherNames: new Set(['wan-0', 'wan-1']) }));
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['wan-2'],
    );
  });

  it('are few however many Local addresses have sets of nodes of their own', () => {
    const many = Array.from({ length: 40 }, (_, n) => `n${n}`);
    const local = Array.from({ length: 1_000 }, (_, n) => ({
      address: v4(n),
      onlyOn: [many[n % 40]!, many[(n * 7 + 3) % 40]!, many[(n * 13 + 5) % 40]!],
    }));
    const groups = planRouted(demand({ nodes: many, addresses: local }));
    assert.equal(groups.filter((group) => group.addresses.length > 0).length, Math.ceil(1_000 / 32));
    const who = served(groups);
    for (const { address, onlyOn } of local) assert.deepEqual(who.get(formatIp(address)), [...new Set(onlyOn)].sort());
  });

  it('leave nobody to announce an address of which no node has an endpoint', () => {
    const groups = planRouted(
      demand({
        addresses: [
          { address: v4(1), onlyOn: [] },
          { address: v4(2), onlyOn: ['n2'] },
        ],
      }),
    );
    assert.deepEqual(served(groups).get('198.51.0.1'), []);
    assert.deepEqual(served(groups).get('198.51.0.2'), ['n2']);
  });

  it('let go of addresses only where an object would become too large', () => {
    const many = Array.from({ length: 500 }, (_, n) => `n${n}`);
    const before = planRouted(demand({ nodes: many, addresses: addresses(1_000) }));
    const local = addresses(1_000).map((each) => ({ ...each, onlyOn: many.slice(1) }));
    const after = planRouted(demand({ nodes: many, addresses: local, existing: before }));
    const names = ({ onlyOn }: RoutedGroup) => [...onlyOn.values()].reduce((sum, each) => sum + each.length, 0);
    assert.ok(after.every((group) => names(group) <= 20_000));
    assert.equal(after[0]!.addresses.length, Math.floor(20_000 / 499));
    assert.equal(served(after).size, 1_000);
  });

  /** What a cluster comes to by steps: each says the addresses with their nodes, and the nodes there are. */
  const step = fc.record({
    nodes: fc.subarray(['n1', 'n2', 'n3', 'n4']),
    addresses: fc.uniqueArray(
      fc.record({
        n: fc.nat(60),
        six: fc.boolean(),
        onlyOn: fc.option(fc.subarray(['n1', 'n2', 'n3', 'n4', 'stranger']), { nil: undefined }),
      }),
      { selector: ({ n, six }) => `${n} ${six}`, maxLength: 60 },
    ),
  });

  it('settle at once, serve every address from its nodes alone, and move none, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let groups: readonly RoutedGroup[] = [];
        for (const each of steps) {
          const placed: readonly PlacedAddress[] = each.addresses.map(({ n, six, onlyOn }) => ({
            address: six ? v6(n) : v4(n),
            ...(onlyOn === undefined ? {} : { onlyOn }),
          }));
          const o = { nodes: each.nodes, addresses: placed, room: { 4: 100, 6: 100 } as Record<Family, number> };
          const after = planRouted(demand({ ...o, existing: groups }));
          assert.deepEqual(planRouted(demand({ ...o, existing: after })), after, 'the same again');
          const shuffled = { ...o, addresses: placed.toReversed(), nodes: each.nodes.toReversed() };
          assert.deepEqual(planRouted(demand({ ...shuffled, existing: after.toReversed() })), after, 'in any order');
          const who = served(after);
          assert.equal(who.size, placed.length, 'each has one group');
          for (const { address, onlyOn = each.nodes } of placed) {
            const allowed = onlyOn.filter((node) => each.nodes.includes(node)).sort();
            assert.deepEqual(who.get(formatIp(address)), allowed);
          }
          const placeIn = (all: readonly RoutedGroup[], text: string) =>
            all.find((group) => group.addresses.includes(text))?.name;
          for (const text of who.keys()) {
            const before = placeIn(groups, text);
            if (before !== undefined) assert.equal(placeIn(after, text), before, `${text} stays`);
          }
          for (const { onlyOn, members } of after)
            for (const named of onlyOn.values()) assert.ok(named.every((node) => members.includes(node)));
          assert.equal(new Set(after.map(({ name }) => name)).size, after.length);
          groups = after;
        }
      }),
    );
  });
});
