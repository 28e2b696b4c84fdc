/** A capture file of the classic format: little-endian, microseconds, Ethernet (1), whole frames. */
export function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const words = (...values: readonly number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  const parts: Uint8Array[] = [words(0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1)];
  for (const [second, frame] of frames.entries()) parts.push(words(second, 0, frame.length, frame.length), frame);
  return Buffer.concat(parts);
}
