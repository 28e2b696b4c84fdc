/**
 * What on this node is in the way of a group in layer2 mode: pure. The agent answers for the addresses; it goes wrong when the kernel
 * answers as well, and it is of little use where nobody on the LAN asks.
 *
 * Linux answers an ARP request on any NIC for any IPv4 address that the host has on any interface, unless arp_ignore says
 * otherwise (Documentation/networking/ip-sysctl.rst); a neighbour solicitation it answers only for addresses of that very NIC
 * (`ndisc_recv_ns` of net/ipv6/ndisc.c). kube-proxy in IPVS mode puts every load balancer address on kube-ipvs0 on every node.
 */
import { parseIp } from '../../core/ip/address.js';
import type { LocalNetwork } from './local-network.js';

export interface Finding {
  readonly type: 'KernelAnswers' | 'OutsideSubnet';
  readonly reason: 'StrictArpOff' | 'AddressOnNode' | 'NoSuchSubnet';
  /** What is wrong and what to do about it, for a person. */
  readonly message: string;
}

const ipvsInterface = 'kube-ipvs0';
/** Values of arp_ignore with which only the addresses of the NIC itself are answered for, or none. */
const strict = new Set([1, 2, 8]);

/** A group in layer2 mode that this node takes part in. */
export interface Neighborhood {
  /** The NIC it is on. */
  readonly interface: string;
  readonly addresses: readonly string[];
  /** This node leads it. */
  readonly leads: boolean;
}

/** At most one finding of each type. */
export function findingsOf(group: Neighborhood, network: LocalNetwork): readonly Finding[] {
  return [kernelAnswers(group, network), outsideSubnet(group, network)].filter((finding) => finding !== undefined);
}

function kernelAnswers(group: Neighborhood, network: LocalNetwork): Finding | undefined {
  const ofNic = new Set(network.interfaces[group.interface]?.map(({ address }) => address));
  const onNic = group.addresses.find((address) => ofNic.has(address));
  if (onNic !== undefined) {
    const message = `${onNic} is on ${group.interface}, so the kernel of this node answers for it, whoever leads: take it off (ip address del)`;
    return { type: 'KernelAnswers', reason: 'AddressOnNode', message };
  }
  const ipv4 = group.addresses.filter((address) => parseIp(address)?.family === 4);
  if (ipv4.length === 0 || strict.has(network.setting('arp_ignore', group.interface))) return undefined;
  if (network.hasInterface(ipvsInterface)) return strictArpOff(group.interface);
  const elsewhere = ipv4.find((address) => network.ipv4.has(address));
  if (elsewhere === undefined) return undefined;
  const message =
    `${elsewhere} is on another interface of this node, and the kernel answers for it on ${group.interface}, too, whoever leads: ` +
    'take it off, or set net.ipv4.conf.all.arp_ignore=1 and net.ipv4.conf.all.arp_announce=2';
  return { type: 'KernelAnswers', reason: 'AddressOnNode', message };
}

function strictArpOff(nic: string): Finding {
  const message =
    `kube-proxy runs in IPVS mode without strictARP: the kernel of this node answers on ${nic} for every address on ${ipvsInterface}, ` +
    'whoever leads: set ipvs.strictARP to true in kube-proxy’s configuration and restart it ' +
    '(it then sets net.ipv4.conf.all.arp_ignore=1 and net.ipv4.conf.all.arp_announce=2)';
  return { type: 'KernelAnswers', reason: 'StrictArpOff', message };
}

/** Told by the leader alone: the others' NICs are in the same LAN. */
function outsideSubnet(group: Neighborhood, network: LocalNetwork): Finding | undefined {
  if (!group.leads) return undefined;
  const subnets = (network.interfaces[group.interface] ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));
  const outside = group.addresses.filter((address) => !subnets.some((cidr) => isWithin(address, cidr)));
  if (outside.length === 0) return undefined;
  const [which, are] =
    outside.length === 1 ? [outside[0], 'is'] : [`${outside[0]} and ${outside.length - 1} more`, 'are'];
  const message =
    `${which} ${are} in no subnet of ${group.interface}: hosts reach such an address only if they have a route that makes them ` +
    'ask for it on this LAN; else take addresses of the subnet, or another interface';
  return { type: 'OutsideSubnet', reason: 'NoSuchSubnet', message };
}

/** @param cidr an address of an interface with its prefix length */
function isWithin(address: string, cidr: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  const [a, b] = [parseIp(address), parseIp(base)];
  if (a === undefined || b === undefined || a.family !== b.family) return false;
  const host = BigInt((a.family === 4 ? 32 : 128) - Number(length));
  return a.value >> host === b.value >> host;
}
