/**
 * Expressions of nf_tables, of which rules are made: each loads into a register, compares, looks up, or does something with the packet. One
 * that does not hold ends the rule for that packet.
 *
 * Registers are numbered as NFT_REG32_*: four bytes each, of which longer values take several that follow each other.
 *
 * Source: linux/netfilter/nf_tables.h.
 */
import { type Attribute, be32, be64, nested, string } from './message.js';

/** One expression, encoded: what a list of them (NFTA_RULE_EXPRESSIONS) holds. */
export type Expression = Uint8Array;

/** NFT_REG32_00 + `number`, 0..15. */
function register(number: number): Uint8Array {
  return be32(8 + number);
}

function expression(name: string, attributes: readonly Attribute[]): Expression {
  return nested([
    [1, string(name)],
    [2, nested(attributes)],
  ]);
}

/** Bytes as a value to compare with (NFTA_DATA_VALUE). */
export function value(bytes: Uint8Array): Uint8Array {
  return nested([[1, bytes]]);
}

const metaKeys = { iif: 4, iiftype: 8, l4proto: 16 } as const;

/** Loads what the kernel knows beside the packet. */
export function loadMeta(key: keyof typeof metaKeys, into: number): Expression {
  return expression('meta', [
    [2, be32(metaKeys[key])],
    [1, register(into)],
  ]);
}

const headers = { link: 0, network: 1, transport: 2 } as const;

/** Loads `length` bytes of a header. */
export function loadPayload(
  header: keyof typeof headers,
  { offset, length }: { readonly offset: number; readonly length: number },
  into: number,
): Expression {
  return expression('payload', [
    [1, register(into)],
    [2, be32(headers[header])],
    [3, be32(offset)],
    [4, be32(length)],
  ]);
}

/** Loads the state of conntrack: one bit of `connectionState`. */
export function loadConnectionState(into: number): Expression {
  return expression('ct', [
    [1, register(into)],
    [2, be32(0)],
  ]);
}

export const connectionState = { invalid: 1, new: 8 } as const;

const comparisons = { equal: 0, 'not-equal': 1, 'at-most': 3 } as const;

export function compare(register32: number, how: keyof typeof comparisons, bytes: Uint8Array): Expression {
  return expression('cmp', [
    [1, register(register32)],
    [2, be32(comparisons[how])],
    [3, value(bytes)],
  ]);
}

/** Leaves of a register only the bits that `mask` has. */
export function mask(register32: number, bits: Uint8Array): Expression {
  return expression('bitwise', [
    [1, register(register32)],
    [2, register(register32)],
    [3, be32(bits.byteLength)],
    [4, value(bits)],
    [5, value(new Uint8Array(bits.byteLength))],
  ]);
}

/** Whether what begins in a register is in a set; or, with `not`, is not. */
export function isIn(set: string, from: number, not?: 'not'): Expression {
  return expression('lookup', [
    [1, string(set)],
    [2, register(from)],
    ...(not === undefined ? [] : [[5, be32(1)] as const]),
  ]);
}

/** Loads what a map has for what begins in a register; one that has nothing ends the rule. */
export function lookUp(map: string, from: number, into: number): Expression {
  return expression('lookup', [
    [1, string(map)],
    [2, register(from)],
    [3, register(into)],
  ]);
}

/** Holds for what is beyond so many packets a second. */
export function isOver(packetsPerSecond: number, burst: number): Expression {
  return expression('limit', [
    [1, be64(packetsPerSecond)],
    [2, be64(1)],
    [3, be32(burst)],
    [4, be32(0)],
    [5, be32(1)],
  ]);
}

export function counter(): Expression {
  return expression('counter', []);
}

/**
 * Sends a copy of the packet, its hop limit one lower, to the neighbour whose address begins in a register, by the interface whose index is in
 * another: net/ipv4/netfilter/nf_dup_ipv4.c, net/ipv6/netfilter/nf_dup_ipv6.c. Conntrack leaves the copy alone.
 */
export function duplicate(to: number, by: number): Expression {
  return expression('dup', [
    [1, register(to)],
    [2, register(by)],
  ]);
}

/** Enters what begins in a register into a set, for so long, or again for so long. It ends the rule when the set is full. */
export function remember(set: string, from: number, milliseconds: number): Expression {
  return expression('dynset', [
    [1, string(set)],
    [3, be32(1)],
    [4, register(from)],
    [6, be64(milliseconds)],
  ]);
}

/** Answers a segment of TCP by a reset in its destination's name, and drops it: net/netfilter/nft_reject.c. In prerouting since Linux 5.9. */
export function rejectByReset(): Expression {
  return expression('reject', [
    [1, be32(1)],
    [2, Uint8Array.of(0)],
  ]);
}

const verdicts = { drop: 0, accept: 1, jump: -3 } as const;

/** What becomes of the packet. @param chain to which to jump */
export function verdict(code: keyof typeof verdicts, chain?: string): Expression {
  const attributes: Attribute[] = [[1, be32(verdicts[code] >>> 0)]];
  if (chain !== undefined) attributes.push([2, string(chain)]);
  return expression('immediate', [
    [1, be32(0)],
    [2, nested([[2, nested(attributes)]])],
  ]);
}
