/** Reads two octets in network order. The caller has checked that they are there. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Reads four octets in network order as an unsigned number. The caller has checked that they are there. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 0x1_0000 + readUint16(bytes, at + 2);
}

/** Writes the low 16 bits of a number in network order. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes an unsigned 32-bit number in network order. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16);
  writeUint16(bytes, at + 2, value & 0xffff);
}

/** Whether `length` octets at two places are the same. The caller has checked that they are there. */
export function sameOctets(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** Whether two octet strings are equal, length included. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameOctets(a, 0, b, 0, a.length);
}

/**
 * Orders two octet strings as unsigned numbers in network order, a shorter string before a longer one: negative, zero or
 * positive. It is the address comparison of VRRP's tie-break (RFC 9568 6.4.3).
 */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** Whether `length` octets are all zero. */
export function zeroOctets(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== 0) return false;
  return true;
}
