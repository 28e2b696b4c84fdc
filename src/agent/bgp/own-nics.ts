/** This node's NICs and their addresses, as the kernel has them in the thread's network namespace. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { addressBits, type IpAddress, parseIp } from '../../core/ip/address.js';

export interface OwnNics {
  readonly names: readonly string[];
  readonly addresses: readonly OwnAddress[];
}

export interface OwnAddress {
  readonly interface: string;
  readonly address: IpAddress;
  /** Whether it is all of its subnet, as virtual addresses are, which come and go. */
  readonly alone: boolean;
}

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'internal' | 'cidr'>[] | undefined>
>;

/** NICs that are up; the loopback's addresses count, its name does not: nobody meets a router there. */
export function readOwnNics(interfaces: () => Interfaces = networkInterfaces): OwnNics {
  const entries = Object.entries(interfaces());
  return {
    names: entries.filter(([, list = []]) => !list.some(({ internal }) => internal)).map(([name]) => name),
    addresses: entries.flatMap(([nic, list = []]) =>
      list.flatMap((each) => {
        const address = parseIp(each.address);
        const alone = address !== undefined && each.cidr?.endsWith(`/${addressBits(address.family)}`) === true;
        return address === undefined ? [] : [{ interface: nic, address, alone }];
      }),
    ),
  };
}
