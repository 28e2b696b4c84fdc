import { addressBits, compareIp, type Family, formatIp, type IpAddress, parseIp } from './address.js';

/** A closed interval of addresses of one family: `first <= last`, both included. */
export interface IpRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

export type PoolParse =
  | { readonly ok: true; readonly ranges: readonly IpRange[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Parses the text of a pool: a comma list whose parts are each one address, a CIDR block or a range `a-b`, of one or both
 * families; blanks around parts and ends are ignored. A CIDR block is the whole network around the address written (host
 * bits do not matter, network and broadcast addresses are included), as OpenELB reads it.
 *
 * @returns the ranges sorted, overlapping and adjacent ones merged; or a sentence fragment that names the part that is wrong
 *   and what would be right
 */
export function parsePool(text: string): PoolParse {
  if (text.trim() === '') return { ok: false, reason: `is empty: expected ${partForms}` };
  const ranges: IpRange[] = [];
  for (const part of text.split(',')) {
    const range = parsePart(part.trim());
    if (typeof range === 'string') return { ok: false, reason: range };
    ranges.push(range);
  }
  return { ok: true, ranges: merge(ranges) };
}

/** How many addresses a range holds: 1 to 2^128. */
export function rangeSize(range: IpRange): bigint {
  return range.last - range.first + 1n;
}

/** How many addresses disjoint ranges hold together. */
export function rangesSize(ranges: readonly IpRange[]): bigint {
  return ranges.reduce((size, range) => size + rangeSize(range), 0n);
}

/** Whether one of the ranges holds the address. */
export function contains(ranges: readonly IpRange[], address: IpAddress): boolean {
  return ranges.some(
    (range) => range.family === address.family && range.first <= address.value && address.value <= range.last,
  );
}

/** The same addresses as sorted, disjoint ranges with a gap between any two of a family. */
export function merge(ranges: readonly IpRange[]): readonly IpRange[] {
  const merged: IpRange[] = [];
  for (const range of [...ranges].sort(compareRanges)) {
    const previous = merged.at(-1);
    if (previous?.family !== range.family || previous.last + 1n < range.first) merged.push(range);
    else if (previous.last < range.last) merged[merged.length - 1] = { ...previous, last: range.last };
  }
  return merged;
}

/** The addresses that both lists hold, as merged ranges. Takes time in the number of ranges, not of their pairs. */
export function intersect(a: readonly IpRange[], b: readonly IpRange[]): readonly IpRange[] {
  return subtract(a, subtract(a, b));
}

/** The lowest range of addresses that both lists hold, or undefined when they share none. */
export function overlap(a: readonly IpRange[], b: readonly IpRange[]): IpRange | undefined {
  return intersect(a, b)[0];
}

/** Whether both lists hold some address. */
export function overlaps(a: readonly IpRange[], b: readonly IpRange[]): boolean {
  return a.some((x) => b.some((y) => x.family === y.family && x.first <= y.last && y.first <= x.last));
}

/** The addresses of `from` that `minus` does not hold, as merged ranges. Takes time in the number of ranges. */
export function subtract(from: readonly IpRange[], minus: readonly IpRange[]): readonly IpRange[] {
  const holes = merge(minus);
  const left: IpRange[] = [];
  let next = 0;
  for (const range of merge(from)) {
    while (next < holes.length && endsBefore(holes[next]!, range)) next++;
    let first = range.first;
    for (let i = next; i < holes.length && !endsBefore(range, holes[i]!); i++) {
      const hole = holes[i]!;
      if (first < hole.first) left.push({ family: range.family, first, last: hole.first - 1n });
      first = hole.last + 1n;
    }
    if (first <= range.last) left.push({ family: range.family, first, last: range.last });
  }
  return left;
}

/** Shortest text: one address, a CIDR block when the range is exactly one, else `a-b`. */
export function formatRange(range: IpRange): string {
  const { family, first, last } = range;
  const size = rangeSize(range);
  const text = formatIp({ family, value: first });
  if (size === 1n) return text;
  if ((size & (size - 1n)) === 0n && first % size === 0n) {
    return `${text}/${addressBits(family) - (size.toString(2).length - 1)}`;
  }
  return `${text}-${formatIp({ family, value: last })}`;
}

const partForms = 'an address, a CIDR block (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)';

function parsePart(part: string): IpRange | string {
  if (part === '') return `has an empty part between commas: expected ${partForms}`;
  if (part.includes('/')) return parseBlock(part);
  if (part.includes('-')) return parseSpan(part);
  const address = parseIp(part);
  if (address === undefined) return `"${part}" is not an IP address: expected ${partForms}`;
  return { family: address.family, first: address.value, last: address.value };
}

function parseBlock(part: string): IpRange | string {
  const [text, lengthText, ...rest] = part.split('/') as [string, string, ...string[]];
  const address = parseIp(text.trim());
  if (address === undefined || rest.length > 0) {
    return `CIDR block ${part} does not start with an IP address: expected one like 192.0.2.0/24 or 2001:db8::/120`;
  }
  const bits = addressBits(address.family);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > bits) {
    return `CIDR block ${part} has prefix length "${lengthText}": expected 0 to ${bits} for IPv${address.family}`;
  }
  const size = 1n << BigInt(bits - Number(lengthText));
  const first = address.value - (address.value % size);
  return { family: address.family, first, last: first + size - 1n };
}

function parseSpan(part: string): IpRange | string {
  const ends = part.split('-').map((end) => end.trim());
  const [first, last] = ends.map(parseIp);
  if (ends.length !== 2 || first === undefined || last === undefined) {
    const wrong =
      ends.length === 2
        ? `"${first === undefined ? ends[0] : ends[1]}" is not an IP address`
        : 'it has more than two ends';
    return `range ${part} is malformed, ${wrong}: expected FIRST-LAST, like 192.0.2.10-192.0.2.20`;
  }
  if (first.family !== last.family) {
    return `range ${part} mixes IPv${first.family} and IPv${last.family}: both ends must be of one family`;
  }
  if (compareIp(first, last) > 0) {
    return `range ${part} runs backwards: write it as ${formatIp(last)}-${formatIp(first)}`;
  }
  return { family: first.family, first: first.value, last: last.value };
}

/** Whether all of `a` sorts before all of `b`. */
function endsBefore(a: IpRange, b: IpRange): boolean {
  return compareIp({ family: a.family, value: a.last }, { family: b.family, value: b.first }) < 0;
}

function compareRanges(a: IpRange, b: IpRange): number {
  return compareIp({ family: a.family, value: a.first }, { family: b.family, value: b.first });
}
