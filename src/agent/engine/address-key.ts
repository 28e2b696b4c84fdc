/** A text that is equal exactly for equal bytes: addresses are `Uint8Array`, which maps compare by identity. */
export function addressKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
