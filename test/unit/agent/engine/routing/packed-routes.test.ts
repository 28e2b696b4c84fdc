import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RoutingCommand } from '../../../../../src/agent/engine/routing/contract.js';
import { packed, unpacked } from '../../../../../src/agent/engine/routing/packed-routes.js';
import type { Route } from '../../../../../src/core/bgp/route.js';
import { prefixOf } from '../../../../../src/core/wire/bgp/prefix.js';

const prefixes = fc
  .oneof(
    fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(32)),
    fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128)),
  )
  .map(([address, length]) => prefixOf(address, length));
const attributes = fc.constantFrom<Omit<Route, 'prefix'>>(
  {},
  { med: 0 },
  { med: 1, communities: [1, 2], largeCommunities: [[1, 2, 3]] },
  { extendedCommunities: [0xffff_ffff_ffff_ffffn], localPref: 0, prepend: 3 },
);
const commands = fc
  .record({
    add: fc.array(fc.tuple(prefixes, attributes).map(([prefix, rest]): Route => ({ ...rest, prefix }))),
    remove: fc.array(prefixes),
    whole: fc.boolean(),
  })
  .map((rest): RoutingCommand => ({ type: 'routes', set: 's', ...rest }));

describe('routes on their way to another thread', () => {
  it('are there what they were here, in the same order', () => {
    fc.assert(
      fc.property(commands, (command) => assert.deepEqual(unpacked(structuredClone(packed(command))), command)),
    );
  });

  it('have their attributes once for all that share them', () => {
    const communities = [1];
    const add = Array.from({ length: 1000 }, (_, i): Route => {
      return { prefix: prefixOf(Uint8Array.of(10, 0, i >> 8, i & 255), 32), communities };
    });
    const command = packed({ type: 'routes', set: 's', add, remove: [], whole: false });
    assert.ok(command.type === 'routes');
    assert.equal(command.add.length, 1);
    assert.equal(command.add[0]!.octets.length, 5000);
  });

  it('leave other commands as they are', () => {
    const command: RoutingCommand = { type: 'complete' };
    assert.equal(unpacked(packed(command)), command);
  });
});
