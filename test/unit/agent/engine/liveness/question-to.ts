import { question, reflectorDiscriminator } from '../../../../../src/core/bfd/seamless.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { encodeControlPacket } from '../../../../../src/core/wire/bfd.js';

/** A question to the node of that address, each 10 ms, as anybody can send one. */
export function questionTo(
  address: string,
  o: { readonly myDiscriminator?: number; readonly wantsStream?: boolean } = {},
): Uint8Array {
  return encodeControlPacket(
    question({
      myDiscriminator: 7,
      reflector: reflectorDiscriminator(ipToBytes(parseIp(address)!)),
      interval: 10_000,
      detectMult: 3,
      wantsStream: false,
      ...o,
    }),
  );
}
