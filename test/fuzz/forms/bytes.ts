import { seal } from '../../vectors/seal.js';
import { fromHex, toHex } from '../../vectors/vector.js';
import type { Random } from '../random.js';
import { type Form, withoutParts } from './form.js';

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
    return without(bytes, begin, begin + 1 + random(16));
  },
  function insert(bytes, random) {
    const begin = random(bytes.length + 1);
    const added = Uint8Array.from({ length: 1 + random(16) }, () => random(256));
    return joined(bytes.subarray(0, begin), added, bytes.subarray(begin));
  },
  function copyWithin(bytes, random) {
    const changed = bytes.slice();
    const begin = random(bytes.length + 1);
    changed.copyWithin(random(bytes.length + 1), begin, begin + 1 + random(16));
    return changed;
  },
  function splice(bytes, random, other) {
    return joined(bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1)));
  },
];

/** Octets: one to four changes; what `finish` then does to half of them lets them pass checks of sums and lengths. */
function bytesForm(finish: (bytes: Uint8Array, random: Random) => Uint8Array): Form<Uint8Array> {
  return {
    mutate(bytes, other, random) {
      let changed = bytes;
      for (let changes = 1 + random(4); changes > 0; changes--) {
        changed = mutations[random(mutations.length)]!(changed, random, other);
      }
      if (changed.length > longest) changed = changed.slice(0, longest);
      return random(2) === 0 ? finish(changed, random) : changed;
    },
    smaller: (bytes) => withoutParts(bytes.length, (from, to) => without(bytes, from, to)),
    write: toHex,
    read(line) {
      if (!/^(?:[0-9a-f]{2})*$/i.test(line)) throw new Error('it is not hexadecimal');
      return fromHex(line);
    },
  };
}

export const octets = bytesForm((bytes) => bytes);

/** Ethernet frames; half of the mutants get right checksums. */
export const frames = bytesForm((bytes, random) => seal(bytes, { pseudoHeader: random(2) === 0 }));

/** Replaces one byte. */
function at(value: (bytes: Uint8Array, i: number, random: Random) => number): Mutation {
  return (bytes, random) => {
    const changed = bytes.slice();
    const i = random(bytes.length);
    if (bytes.length > 0) changed[i] = value(bytes, i, random);
    return changed;
  };
}

function without(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return joined(bytes.subarray(0, from), bytes.subarray(to));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}
