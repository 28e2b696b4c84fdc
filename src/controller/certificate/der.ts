/** Just enough DER (X.690) to write an X.509 certificate. Every function gives one whole element: tag, length, content. */

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x30, ...parts);
}

export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x31, ...parts);
}

/** @param bytes big-endian magnitude of a number that is not negative */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.subarray(start);
  return element(0x02, ...((magnitude[0] ?? 0) & 0x80 ? [Uint8Array.of(0)] : []), magnitude);
}

export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** @param dotted like `2.5.4.3` */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8String(text: string): Uint8Array {
  return element(0x0c, new TextEncoder().encode(text));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). @param instant milliseconds since 1970 */
export function time(instant: number): Uint8Array {
  const digits = `${new Date(instant).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const text = Number(digits.slice(0, 4)) < 2050 ? digits.slice(2) : digits;
  return element(text.length === 13 ? 0x17 : 0x18, new TextEncoder().encode(text));
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(0x04, content);
}

/** @param unusedBits how many of the last byte's low bits do not count */
export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unusedBits), content);
}

/** A context-specific element: `[number]`, constructed around elements or primitive around bytes. */
export function tagged(number: number, form: 'constructed' | 'primitive', content: Uint8Array): Uint8Array {
  return element((form === 'constructed' ? 0xa0 : 0x80) | number, content);
}

function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, { length }) => sum + length, 0);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...lengthOctets(size)), ...content]));
}

function lengthOctets(size: number): readonly number[] {
  if (size < 0x80) return [size];
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function base128(value: number): readonly number[] {
  const octets = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift(0x80 | (rest % 128));
  return octets;
}
