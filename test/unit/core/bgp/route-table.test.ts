import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  emptyTable,
  routeAt,
  routesOf,
  tableDifference,
  tableOf,
  tableSize,
  withoutRoutes,
  withRoutes,
} from '../../../../src/core/bgp/route-table.js';
import type { Route } from '../../../../src/core/bgp/routes.js';
import { formatPrefix, prefixOf } from '../../../../src/core/wire/bgp/prefix.js';
import { route } from './given.js';

const shown = (routes: Iterable<Route>) =>
  [...routes].map(({ prefix, med }) => `${formatPrefix(prefix)} ${med}`).sort();

/** Few prefixes, so that changes meet; some lie around each other. */
const anyRoute = fc
  .record({
    address: fc.constantFrom('10.0.0.0', '10.0.0.1', '10.0.1.0', '10.16.0.1', '2001:db8::', '2001:db8::1'),
    length: fc.constantFrom(8, 24, 32),
    med: fc.nat(2),
  })
  .map(({ address, length, med }): Route => {
    const { prefix } = route(address);
    return { prefix: prefixOf(prefix.address, length), med };
  });
const anyChange = fc.record({
  add: fc.array(anyRoute, { maxLength: 4 }),
  remove: fc.array(anyRoute, { maxLength: 4 }),
});

describe('a table of routes', () => {
  it('has what was put in and not taken out, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
        const expected = new Map<string, Route>();
        let table = emptyTable;
        for (const { add, remove } of changes) {
          for (const { prefix } of remove) expected.delete(formatPrefix(prefix));
          for (const each of add) expected.set(formatPrefix(each.prefix), each);
          table = withRoutes(
            withoutRoutes(
              table,
              remove.map(({ prefix }) => prefix),
            ),
            add,
          );
          assert.deepEqual(shown(routesOf(table)), shown(expected.values()));
          assert.equal(tableSize(table), expected.size);
          for (const each of expected.values()) assert.equal(routeAt(table, each.prefix), each);
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
        const had = [...routesOf(before)];
        assert.deepEqual(shown(gone), shown(had.filter(({ prefix }) => !routeAt(after, prefix))));
        const news = [...routesOf(after)].filter((each) => !had.includes(each));
        assert.deepEqual(shown(changed.map((each) => each.route)), shown(news));
        for (const each of changed) assert.equal(each.before, routeAt(before, each.route.prefix));
      }),
    );
  });

  it('is the same when nothing was changed', () => {
    const one = route('198.51.100.1');
    const table = tableOf([one]);
    assert.equal(withRoutes(table, [one]), table);
    assert.equal(withoutRoutes(table, [route('198.51.100.2').prefix]), table);
  });

  it('shares all but what was changed, so that 10 000 routes and one are compared in no time', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => route(`10.1.${i >> 8}.${i & 255}`));
    const table = tableOf(many);
    const other = withRoutes(table, [route('10.1.3.4', { med: 1 })]);
    const shared = table[4].branches.filter((branch, i) => branch === other[4].branches[i]);
    assert.equal(shared.length, 63);
    assert.equal(other[6], table[6]);
    const longest = Math.max(...table[4].branches.flatMap((branch) => branch!.map((leaf) => leaf?.length ?? 0)));
    assert.ok(longest <= 8, `a leaf of ${longest} routes`);
  });
});
