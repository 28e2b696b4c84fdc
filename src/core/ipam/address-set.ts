/**
 * A set of addresses of one family, kept as sorted runs: what it costs grows with the number of gaps, not with the number
 * of addresses, so a /64 is as cheap as a /30.
 */
export interface AddressSet {
  add(value: bigint): void;
  remove(value: bigint): void;
  /** The lowest number at or above `from` that is not in the set. */
  nextAbsent(from: bigint): bigint;
  /** How many numbers from `first` to `last` (both included) are in the set. */
  count(first: bigint, last: bigint): bigint;
}

/** Disjoint, with a gap between any two, in ascending order. */
interface Run {
  first: bigint;
  last: bigint;
}

export function createAddressSet(): AddressSet {
  const runs: Run[] = [];

  /** Index of the first run that ends at or after `value`; `runs.length` when there is none. */
  const search = (value: bigint): number => {
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle]!.last < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (value) => {
      const at = search(value);
      const next = runs[at];
      if (next !== undefined && next.first <= value) return;
      const previous = runs[at - 1];
      const joinsPrevious = previous?.last === value - 1n;
      const joinsNext = next?.first === value + 1n;
      if (joinsPrevious && joinsNext) {
        previous.last = next.last;
        runs.splice(at, 1);
      } else if (joinsPrevious) previous.last = value;
      else if (joinsNext) next.first = value;
      else runs.splice(at, 0, { first: value, last: value });
    },
    remove: (value) => {
      const at = search(value);
      const run = runs[at];
      if (run === undefined || value < run.first) return;
      const left = run.first < value ? [{ first: run.first, last: value - 1n }] : [];
      const right = value < run.last ? [{ first: value + 1n, last: run.last }] : [];
      runs.splice(at, 1, ...left, ...right);
    },
    nextAbsent: (from) => {
      const run = runs[search(from)];
      return run !== undefined && run.first <= from ? run.last + 1n : from;
    },
    count: (first, last) => {
      let total = 0n;
      for (let at = search(first); at < runs.length && runs[at]!.first <= last; at++) {
        const run = runs[at]!;
        total += run.last - run.first + 1n;
        if (run.first < first) total -= first - run.first;
        if (last < run.last) total -= run.last - last;
      }
      return total;
    },
  };
}
