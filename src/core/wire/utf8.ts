/** The octets of a text in UTF-8 (RFC 3629). A lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): number[] {
  const octets: number[] = [];
  for (const character of text) {
    const read = character.codePointAt(0)!;
    const code = isSurrogate(read) ? 0xfffd : read;
    if (code < 0x80) octets.push(code);
    else if (code < 0x800) octets.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x1_0000) octets.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else octets.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return octets;
}

/**
 * The text of octets as it may be shown: octets that are no UTF-8 (RFC 3629, its shortest form only) and control characters
 * stand as `\xNN`, a backslash as two.
 */
export function shownUtf8(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; ) {
    const length = sequenceLength(octets, i);
    const code = length === 0 ? undefined : codePoint(octets, i, length);
    text += code === undefined ? escaped(octets[i]!) : shown(code, octets, i, length);
    i += Math.max(1, code === undefined ? 1 : length);
  }
  return text;
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** Octets of the sequence that begins here and is whole; 0 when none does. */
function sequenceLength(octets: Uint8Array, at: number): number {
  const first = octets[at]!;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (at + length > octets.length) return 0;
  for (let i = at + 1; i < at + length; i++) if ((octets[i]! & 0xc0) !== 0x80) return 0;
  return length;
}

/** The character of a sequence; undefined when a shorter one says the same, or it says no character. */
function codePoint(octets: Uint8Array, at: number, length: number): number | undefined {
  if (length === 1) return octets[at]!;
  let code = octets[at]! & (0x7f >> length);
  for (let i = at + 1; i < at + length; i++) code = (code << 6) | (octets[i]! & 0x3f);
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x1_0000;
  return code < least || code > 0x10_ffff || isSurrogate(code) ? undefined : code;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function shown(code: number, octets: Uint8Array, at: number, length: number): string {
  if (code === 0x5c) return '\\\\';
  if (code >= 0x20 && (code < 0x7f || code > 0x9f)) return String.fromCodePoint(code);
  return Array.from(octets.subarray(at, at + length), escaped).join('');
}

function escaped(octet: number): string {
  return `\\x${octet.toString(16).padStart(2, '0')}`;
}
