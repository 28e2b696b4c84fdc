import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  emptyTable,
  entriesOf,
  routeAt,
  routesOf,
  tableDifference,
  tableOf,
  tableSize,
  withoutRoutes,
  withRoutes,
} from '../../../../src/core/bgp/route-table.js';
import type { RouteAttributes, Routes } from '../../../../src/core/bgp/routes.js';
import { formatPrefix, prefixOf } from '../../../../src/core/wire/bgp/prefix.js';
import { prefix, route } from './given.js';

const shown = (routes: Iterable<Routes>) =>
  [...routes]
    .flatMap(({ prefixes, attributes }) => prefixes.map((each) => `${formatPrefix(each)} ${attributes.med}`))
    .sort();

/** Few prefixes, so that changes meet; some lie around each other. Of attributes, equal ones are not the same. */
const anyRoute = fc
  .record({
    address: fc.constantFrom('10.0.0.0', '10.0.0.1', '10.0.1.0', '10.16.0.1', '2001:db8::', '2001:db8::1'),
    length: fc.constantFrom(8, 24, 32),
    med: fc.nat(2),
  })
  .map(({ address, length, med }) => ({ prefixes: [prefix(`${address}/${length}`)] as const, attributes: { med } }));
const anyChange = fc.record({
  add: fc.array(anyRoute, { maxLength: 4 }),
  remove: fc.array(anyRoute, { maxLength: 4 }),
});

describe('a table of routes', () => {
  it('has what was put in and not taken out, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
        const expected = new Map<string, Routes>();
        let table = emptyTable;
        for (const { add, remove } of changes) {
          const gone = remove.map(({ prefixes }) => prefixes[0]);
          for (const each of gone) expected.delete(each);
          for (const each of add) expected.set(each.prefixes[0], each);
          table = withRoutes(withoutRoutes(table, gone), add);
          assert.deepEqual(shown(routesOf(table)), shown(expected.values()));
          assert.equal(tableSize(table), expected.size);
          for (const { prefixes, attributes } of expected.values())
            assert.equal(routeAt(table, prefixes[0]!), attributes);
        }
      }),
    );
  });

  it('differs from another by what was changed, and by nothing else', () => {
    fc.assert(
      fc.property(fc.array(anyRoute), fc.array(anyRoute), (first, second) => {
        const before = tableOf(first);
        const after = tableOf(second);
        const { gone, changed } = tableDifference(before, after);
        const [had, has] = [[...entriesOf(before)], [...entriesOf(after)]];
        const lost = had.filter(([each]) => !routeAt(after, each)).map(([each]) => each);
        assert.deepEqual([...gone].sort(), lost.sort());
        const news = has.filter(([each, attributes]) => routeAt(before, each) !== attributes);
        assert.deepEqual(shown(changed), shown(news.map(([each, attributes]) => ({ prefixes: [each], attributes }))));
        const isLess = ({ med = 0 }: RouteAttributes, other: RouteAttributes) => med < other.med!;
        const risen = news.filter(([each, attributes]) => isLess(routeAt(before, each) ?? { med: -1 }, attributes));
        assert.deepEqual(
          shown(tableDifference(before, after, isLess).changed),
          shown(risen.map(([each, attributes]) => ({ prefixes: [each], attributes }))),
        );
      }),
    );
  });

  it('is the same when nothing was changed', () => {
    const one = route('198.51.100.1');
    const table = tableOf([one]);
    assert.equal(withRoutes(table, [one]), table);
    assert.equal(withoutRoutes(table, [prefix('198.51.100.2')]), table);
  });

  it('shares all but what was changed, so that 10 000 routes and one are compared in no time', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => route(`10.1.${i >> 8}.${i & 255}`));
    const table = tableOf(many);
    const other = withRoutes(table, [route('10.1.3.4', { med: 1 })]);
    const shared = table[4].parts.filter((part, i) => part === other[4].parts[i]);
    assert.equal(shared.length, 255);
    assert.equal(other[6], table[6]);
  });

  it('has parts of like size, whatever part of the address tells prefixes apart', () => {
    for (const at of [0, 1, 2, 3]) {
      const prefixes = Array.from({ length: 10_000 }, (_, i) => {
        const octets = [10, 1, 2, 3];
        [octets[at], octets[(at + 1) % 4]] = [i & 255, i >> 8];
        return prefixOf(octets, 32);
      });
      const largest = Math.max(...tableOf([{ prefixes, attributes: {} }])[4].parts.map(({ size }) => size));
      assert.ok(largest <= 80, `${largest} routes in one part`);
    }
  });
});
