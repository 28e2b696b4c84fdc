/**
 * Makes the checksums of a changed frame right again, so that a test can break one thing alone. Written apart from the code
 * under test, from RFC 1071: 16-bit words are added as numbers, the carries folded in at the end.
 *
 * @param frame untagged Ethernet; an IP header (any header length) with VRRP or ICMPv6 inside. One whose headers do not tell
 *   where its checksums are stays as it is
 * @param o.pseudoHeader whether VRRP version 3 over IPv4 covers one
 * @param o.covered bytes of the message that its checksum covers; without it, as many as the IP header says
 */
export function seal(frame: Uint8Array, o: { pseudoHeader?: boolean; covered?: number } = {}): Uint8Array {
  const sealed = Buffer.from(frame);
  if (!tellsWhere(sealed)) return Uint8Array.from(sealed);
  const v4 = sealed.readUInt16BE(12) === 0x0800;
  const headerLength = v4 ? (sealed[14]! & 0x0f) * 4 : 40;
  const length = v4 ? sealed.readUInt16BE(16) - headerLength : sealed.readUInt16BE(18);
  if (v4) {
    sealed.writeUInt16BE(0, 24);
    sealed.writeUInt16BE(checksum(sealed.subarray(14, 14 + headerLength)), 24);
  }
  const message = sealed.subarray(14 + headerLength, 14 + headerLength + (o.covered ?? length));
  const protocol = v4 ? 112 : sealed[20]!;
  const addresses = v4 ? sealed.subarray(26, 34) : sealed.subarray(22, 54);
  const pseudoHeader = Buffer.from([...addresses, 0, protocol, message.length >> 8, message.length & 0xff]);
  const field = protocol === 112 ? 6 : 2;
  if (message.length < field + 2) return Uint8Array.from(sealed);
  message.writeUInt16BE(0, field);
  const covers = !v4 || o.pseudoHeader === true;
  message.writeUInt16BE(checksum(covers ? Buffer.concat([pseudoHeader, message]) : message), field);
  return Uint8Array.from(sealed);
}

function tellsWhere(frame: Buffer): boolean {
  if (frame.length < 54) return frame.length >= 34 && frame.readUInt16BE(12) === 0x0800 && fits(frame);
  return frame.readUInt16BE(12) === 0x0800
    ? fits(frame)
    : frame.readUInt16BE(12) === 0x86dd && 54 + frame.readUInt16BE(18) <= frame.length;
}

/** Whether the IPv4 header and its datagram end within the frame. */
function fits(frame: Buffer): boolean {
  const headerLength = (frame[14]! & 0x0f) * 4;
  const total = frame.readUInt16BE(16);
  return headerLength >= 20 && total >= headerLength && 14 + total <= frame.length;
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
  const folded = sum % 65535;
  return 65535 - (folded === 0 && sum > 0 ? 65535 : folded);
}
