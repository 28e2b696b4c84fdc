import { BlockList, isIPv4 } from 'node:net';

const addresses = new BlockList();
addresses.addSubnet('127.0.0.0', 8);
addresses.addAddress('::1', 'ipv6');

/** Whether an end of a connection, as Node has it, is on this machine's loopback, or of a Unix socket, which has no address. */
export function isLoopback(address: string | undefined): boolean {
  return address === undefined || addresses.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
