import assert from 'node:assert/strict';
import {
  changeSet,
  createRouteSets,
  keepUnions,
  type RouteSets,
  unionOf,
} from '../../../../../src/agent/engine/routing/route-sets.js';
import { entriesOf, tableDifference } from '../../../../../src/core/bgp/route-table.js';
import { formatPrefix } from '../../../../../src/core/wire/bgp/prefix.js';
import { prefix, route } from '../../../core/bgp/given.js';

const change = (all: RouteSets, set: string, add: readonly string[], remove: readonly string[] = [], whole = false) =>
  changeSet(all, {
    set,
    add: add.map((each) => route(each, { med: set.charCodeAt(0) })),
    remove: remove.map(prefix),
    whole,
  });
const shown = (all: RouteSets, ...names: string[]) =>
  [...entriesOf(unionOf(all, names))]
    .map(([prefix, { med }]) => `${formatPrefix(prefix)} ${String.fromCharCode(med!)}`)
    .sort();

describe('sets of routes', () => {
  it('are told together, in whatever order they are named and whenever they come', () => {
    const all = createRouteSets();
    assert.deepEqual(shown(all, 'a', 'b'), []);
    change(all, 'a', ['192.0.2.1']);
    change(all, 'b', ['192.0.2.2', '2001:db8::1']);
    change(all, 'c', ['192.0.2.3']);
    const both = ['192.0.2.1/32 a', '192.0.2.2/32 b', '2001:db8::1/128 b'];
    assert.deepEqual(shown(all, 'a', 'b'), both);
    assert.deepEqual(shown(all, 'b', 'a', 'b'), both);
    assert.equal(unionOf(all, ['a', 'b']), unionOf(all, ['b', 'a']));
  });

  it('that have the same prefix tell the route of the first by name, and the other one when that goes', () => {
    const all = createRouteSets();
    change(all, 'b', ['192.0.2.1']);
    unionOf(all, ['a', 'b']);
    change(all, 'a', ['192.0.2.1']);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.1/32 a']);
    change(all, 'b', [], ['192.0.2.1']);
    change(all, 'b', ['192.0.2.1']);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.1/32 a']);
    change(all, 'a', [], ['192.0.2.1']);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.1/32 b']);
    keepUnions(all, []);
    change(all, 'a', ['192.0.2.1']);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.1/32 a']);
  });

  it('that are told as a whole have nothing else', () => {
    const all = createRouteSets();
    unionOf(all, ['a', 'b']);
    change(all, 'a', ['192.0.2.1', '192.0.2.2']);
    change(all, 'b', ['192.0.2.9']);
    change(all, 'a', ['192.0.2.2', '192.0.2.3'], [], true);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.2/32 a', '192.0.2.3/32 a', '192.0.2.9/32 b']);
    change(all, 'a', [], [], true);
    assert.deepEqual(shown(all, 'a', 'b'), ['192.0.2.9/32 b']);
  });

  it('share with what they are part of all that a change leaves as it was', () => {
    const all = createRouteSets();
    const many = Array.from({ length: 10_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    change(all, 'a', many);
    change(all, 'b', ['192.0.2.1']);
    const [single, before] = [unionOf(all, ['a']), unionOf(all, ['a', 'b'])];
    change(all, 'a', ['192.0.2.2'], ['10.1.0.7']);
    for (const [old, names] of [
      [single, ['a']],
      [before, ['a', 'b']],
    ] as const) {
      const after = unionOf(all, names);
      assert.equal(after[4].parts.filter((part, i) => part !== old[4].parts[i]).length, 2);
      const { gone, changed } = tableDifference(old, after);
      assert.deepEqual([gone, changed], [[prefix('10.1.0.7')], [route('192.0.2.2', { med: 97 })]]);
    }
  });
});
