/** A text that is equal exactly for equal bytes: addresses are `Uint8Array`, which maps compare by identity. */
export function addressKey(bytes: Uint8Array): string {
  // A takeover asks for thousands of them, most of IPv4, and spreading a typed array takes ten times as long.
  if (bytes.length === 4) return String.fromCharCode(bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!);
  return String.fromCharCode(...bytes);
}
