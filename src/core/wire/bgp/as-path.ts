import { assert } from '../../assert.js';
import { readUint16, readUint32 } from '../octets.js';
import { asTrans } from './open.js';

/** A part of an AS_PATH (RFC 4271 4.3, RFC 5065 for confederations): AS numbers of up to 32 bits, the nearest first. */
export interface AsPathSegment {
  readonly type: 'set' | 'sequence' | 'confederation-sequence' | 'confederation-set';
  /** 1..255 of them. */
  readonly numbers: readonly number[];
}

const types = ['set', 'sequence', 'confederation-sequence', 'confederation-set'] as const;
const longestSegment = 255;

/** A path that one AS begins: its own number, `1 + prepend` times. */
export function originatedPath(as: number, prepend: number): readonly AsPathSegment[] {
  assert(prepend >= 0 && prepend < longestSegment, `prepend ${prepend} is not 0..${longestSegment - 1}`);
  return [{ type: 'sequence', numbers: new Array<number>(1 + prepend).fill(as) }];
}

/**
 * The value of an AS_PATH.
 *
 * @param fourOctetAs whether the peer knows AS numbers of 32 bits; otherwise 23456 stands for one that is longer than 16
 */
export function asPathOctets(path: readonly AsPathSegment[], fourOctetAs: boolean): number[] {
  return path.flatMap(({ type, numbers }) => {
    assert(numbers.length > 0 && numbers.length <= longestSegment, `a segment of ${numbers.length} AS numbers`);
    return [1 + types.indexOf(type), numbers.length, ...numbers.flatMap((as) => asOctets(as, fourOctetAs))];
  });
}

/** Whether a path has an AS number that a peer without RFC 6793 cannot be told. */
export function needsFourOctets(path: readonly AsPathSegment[]): boolean {
  return path.some(({ numbers }) => numbers.some((as) => as > 0xffff));
}

/** Reads the value of an AS_PATH; undefined when it is malformed as of RFC 7606 7.2, or names AS 0 (RFC 7607 2). */
export function readAsPath(value: Uint8Array, fourOctetAs: boolean): AsPathSegment[] | undefined {
  const size = fourOctetAs ? 4 : 2;
  const path: AsPathSegment[] = [];
  let at = 0;
  while (at < value.length) {
    const type = types[value[at]! - 1];
    const count = value[at + 1];
    const end = at + 2 + (count ?? 0) * size;
    if (type === undefined || count === undefined || count === 0 || end > value.length) return undefined;
    const first = at + 2;
    const read = (i: number) => (fourOctetAs ? readUint32(value, first + i * 4) : readUint16(value, first + i * 2));
    const numbers = Array.from({ length: count }, (_, i) => read(i));
    if (numbers.includes(0)) return undefined;
    path.push({ type, numbers });
    at = end;
  }
  return path;
}

/** An AS number as 4 octets, or 2. */
export function asOctets(as: number, fourOctetAs: boolean): number[] {
  if (fourOctetAs) return [as >>> 24, (as >>> 16) & 0xff, (as >>> 8) & 0xff, as & 0xff];
  const short = as > 0xffff ? asTrans : as;
  return [short >> 8, short & 0xff];
}
