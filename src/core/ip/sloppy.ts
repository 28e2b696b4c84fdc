/** Addresses as Kubernetes reads them where they were written, which is more than it writes itself. */
import { type IpAddress, parseIp } from './address.js';

/**
 * One address that somebody else has: besides what `parseIp` takes, decimal octets with leading zeros (`010.0.0.1` is 10.0.0.1), and an IPv4
 * address in the guise of IPv6 is that IPv4 address. Source: ParseIPSloppy of k8s.io/utils/net, and Go's net.IP, which does not tell the two
 * forms apart.
 *
 * @returns undefined for any other text
 */
export function parseIpSloppy(text: string): IpAddress | undefined {
  const address = parseIp(withoutLeadingZeros(text));
  if (address?.family !== 6 || address.value >> 32n !== 0xffffn) return address;
  return { family: 4, value: address.value & 0xffff_ffffn };
}

/** The text with each decimal octet as short as it can be. */
export function withoutLeadingZeros(text: string): string {
  return text.replace(/\d+(?:\.\d+){3}/, (quad) => quad.replace(/\b0+(?=\d)/g, ''));
}
