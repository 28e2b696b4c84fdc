import { formatIp } from '../../core/ip/address.js';

/** A BGP identifier, unsigned 32 bits, as it is written: like an IPv4 address. */
export function bgpIdentifierText(identifier: number): string {
  return formatIp({ family: 4, value: BigInt(identifier) });
}
