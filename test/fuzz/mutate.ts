import { seal } from '../vectors/seal.js';
import type { Random } from './random.js';

/** The longest input that is made: an Ethernet frame of MTU 1500 with a VLAN tag. */
const longest = 1518;
const interesting = [0, 1, 2, 3, 4, 5, 8, 0x10, 0x20, 0x7f, 0x80, 0xfe, 0xff];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const mutations: readonly Mutation[] = [
  at((bytes, i, random) => bytes[i]! ^ (1 << random(8))),
  at((_bytes, _i, random) => random(256)),
  at((_bytes, _i, random) => interesting[random(interesting.length)]!),
  at((bytes, i, random) => bytes[i]! + (random(2) === 0 ? 1 : -1)),
  function cutEnd(bytes, random) {
    return bytes.slice(0, random(bytes.length + 1));
  },
  function remove(bytes, random) {
    const begin = random(bytes.length + 1);
    return Uint8Array.of(...bytes.slice(0, begin), ...bytes.slice(begin + 1 + random(16)));
  },
  function insert(bytes, random) {
    const begin = random(bytes.length + 1);
    const added = Array.from({ length: 1 + random(16) }, () => random(256));
    return Uint8Array.of(...bytes.slice(0, begin), ...added, ...bytes.slice(begin));
  },
  function copyWithin(bytes, random) {
    const changed = bytes.slice();
    const begin = random(bytes.length + 1);
    changed.copyWithin(random(bytes.length + 1), begin, begin + 1 + random(16));
    return changed;
  },
  function splice(bytes, random, other) {
    return Uint8Array.of(...bytes.slice(0, random(bytes.length + 1)), ...other.slice(random(other.length + 1)));
  },
];

/** Makes an input from another, by one to four changes; half of them then get right checksums, so that later checks are reached. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed = bytes;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    changed = mutations[random(mutations.length)]!(changed, random, other);
  }
  if (changed.length > longest) changed = changed.slice(0, longest);
  return random(2) === 0 ? seal(changed, { pseudoHeader: random(2) === 0 }) : changed;
}

/** Replaces one byte. */
function at(value: (bytes: Uint8Array, i: number, random: Random) => number): Mutation {
  return (bytes, random) => {
    const changed = bytes.slice();
    const i = random(bytes.length);
    if (bytes.length > 0) changed[i] = value(bytes, i, random);
    return changed;
  };
}
