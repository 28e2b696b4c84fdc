/** A source of chance that a seed determines wholly. */
export interface Random {
  /** 0 (included) to 1 (excluded). */
  fraction(): number;
  /** A whole number from `first` to `last`, both included. */
  whole(first: number, last: number): number;
  /** A real number from `first` to `last`. */
  between(first: number, last: number): number;
  /** As `between`, but each decade is equally likely. `first` above 0. */
  magnitude(first: number, last: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** The same elements in a random order. */
  shuffled<T>(list: readonly T[]): T[];
}

/** Chance from a seed of any text: sfc32, seeded by FNV-1a. */
export function createRandom(seed: string): Random {
  const fraction = sfc32(hash(seed, 1), hash(seed, 2), hash(seed, 3), hash(seed, 4));
  for (let warmUp = 0; warmUp < 12; warmUp += 1) fraction();
  const whole = (first: number, last: number) => first + Math.floor(fraction() * (last - first + 1));
  return {
    fraction,
    whole,
    between: (first, last) => first + fraction() * (last - first),
    magnitude: (first, last) => first * (last / first) ** fraction(),
    chance: (probability) => fraction() < probability,
    pick: (from) => from[whole(0, from.length - 1)]!,
    shuffled(list) {
      const result = [...list];
      for (let index = result.length - 1; index > 0; index -= 1) {
        const other = whole(0, index);
        [result[index], result[other]] = [result[other]!, result[index]!];
      }
      return result;
    },
  };
}

function sfc32(first: number, second: number, third: number, fourth: number): () => number {
  let [a, b, c, counter] = [first, second, third, fourth];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
}

function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}
