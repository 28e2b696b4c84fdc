/**
 * Routes as they cross from thread to thread. Cloning some 10 000 small objects takes longer than telling a router of all of them, so
 * prefixes are octets as in an UPDATE (RFC 4271 4.3), and attributes stand there once for all that share them.
 */
import { type Route, type RouteAttributes, shareAttributes } from '../../../core/bgp/route.js';
import { type Family, familyOf } from '../../../core/ip/address.js';
import { type Prefix, prefixesOctets, readPrefixes } from '../../../core/wire/bgp/prefix.js';
import type { RoutingCommand } from './contract.js';

type Routes = Extract<RoutingCommand, { type: 'routes' }>;

/** A command as it is posted. */
export type PostedCommand =
  | Exclude<RoutingCommand, Routes>
  | (Omit<Routes, 'add' | 'remove'> & {
      readonly add: readonly PackedRoutes[];
      readonly remove: readonly PackedPrefixes[];
    });

interface PackedPrefixes {
  readonly family: Family;
  readonly octets: Uint8Array;
}

interface PackedRoutes extends PackedPrefixes {
  readonly attributes: RouteAttributes;
}

export function packed(command: RoutingCommand): PostedCommand {
  if (command.type !== 'routes') return command;
  const { add, remove } = command;
  const prefixes = ({ prefix }: Route) => prefix;
  return {
    ...command,
    add: runs(add, (a, b) => isOfFamily(a.prefix, b.prefix) && shareAttributes(a, b)).map((run) => {
      const { prefix, ...attributes } = run[0]!;
      return { ...packedPrefixes(run.map(prefixes)), attributes };
    }),
    remove: runs(remove, isOfFamily).map(packedPrefixes),
  };
}

export function unpacked(command: PostedCommand): RoutingCommand {
  if (command.type !== 'routes') return command;
  const { add, remove } = command;
  return {
    ...command,
    add: add.flatMap((run) => unpackedPrefixes(run).map((prefix): Route => ({ ...run.attributes, prefix }))),
    remove: remove.flatMap(unpackedPrefixes),
  };
}

/** What stands side by side and belongs together, in the same order. */
function runs<T>(all: readonly T[], isOfOne: (a: T, b: T) => boolean): T[][] {
  const found: T[][] = [];
  for (const each of all) {
    const run = found.at(-1);
    if (run && isOfOne(run[0]!, each)) run.push(each);
    else found.push([each]);
  }
  return found;
}

function isOfFamily(a: Prefix, b: Prefix): boolean {
  return a.address.length === b.address.length;
}

function packedPrefixes(prefixes: readonly Prefix[]): PackedPrefixes {
  return { family: familyOf(prefixes[0]!.address), octets: prefixesOctets(prefixes) };
}

function unpackedPrefixes({ family, octets }: PackedPrefixes): readonly Prefix[] {
  return readPrefixes(octets, 0, octets.length, family)!;
}
