import type { Family } from '../ip/address.js';
import { etherType } from './ethernet.js';
import type { IpHeader } from './ip-header.js';
import { ipv4 } from './ipv4.js';
import { ipv6 } from './ipv6.js';

/** The header of a family. */
export function ipHeader(family: Family): IpHeader {
  return family === 4 ? ipv4 : ipv6;
}

/** The header that an EtherType announces, if it is one of IP's. */
export function ipHeaderOf(type: number): IpHeader | undefined {
  return type === etherType.ipv4 ? ipv4 : type === etherType.ipv6 ? ipv6 : undefined;
}
