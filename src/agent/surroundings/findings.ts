/**
 * What on this node is in the way of a group: pure. On whichever NIC a group is, addresses of another NIC's subnet do not belong there. In
 * layer2 mode the agent answers for the addresses; it goes wrong when the kernel answers as well, and it is of little use where nobody on
 * the LAN asks. In vip mode the kernel is to answer, but on the leader alone: it goes wrong when another node has an address, too, as a load
 * balancer leaves it there that was killed, or when the kernel was told not to answer.
 *
 * Linux answers an ARP request on any NIC for any IPv4 address that the host has on any interface, unless arp_ignore says
 * otherwise (Documentation/networking/ip-sysctl.rst); a neighbour solicitation it answers only for addresses of that very NIC
 * (`ndisc_recv_ns` of net/ipv6/ndisc.c). kube-proxy in IPVS mode puts every load balancer address on kube-ipvs0 on every node.
 */
import { parseIp } from '../../core/ip/address.js';
import { isWithin, type LocalNetwork, type Subnet } from './local-network.js';

export interface Finding {
  /** The last: connections break at moves, although the group is to keep them; the drainer finds it. */
  readonly type: 'KernelAnswers' | 'KernelSilent' | 'OutsideSubnet' | 'ConnectionsNotKept';
  readonly reason:
    | 'StrictArpOff'
    | 'AddressOnNode'
    | 'ArpOff'
    | 'ArpIgnored'
    | 'NoLocalRoute'
    | 'NoSuchSubnet'
    | 'OtherInterface'
    | 'NoNftables'
    | 'NoConntrack'
    | 'NoTranslation'
    | 'EbpfDataPath'
    | 'ForeignTable'
    | 'TableRefused'
    | 'NotOnLink';
  /** What is wrong and what to do about it, for a person. */
  readonly message: string;
}

/** What the addresses of NICs and the settings of the kernel show. */
export type NetworkFinding = Finding & { readonly type: Exclude<Finding['type'], 'ConnectionsNotKept'> };

const ipvsInterface = 'kube-ipvs0';
/** Values of arp_ignore with which only the addresses of the NIC itself are answered for, or none. */
const strict = new Set([1, 2, 8]);

/** Values of arp_ignore: only senders are answered that are in a subnet of the NIC, together with the address; and nobody is. */
const [sameSubnetOnly, nobody] = [2, 8];

/** A group that this node takes part in. */
export interface Neighborhood {
  readonly protocol: 'vip' | 'layer2';
  /** The NIC it is on. */
  readonly interface: string;
  readonly addresses: readonly string[];
  /** In vip mode they are on an interface of their own, which has a virtual MAC. */
  readonly virtualMac: boolean;
  /** This node leads it. */
  readonly leads: boolean;
}

/** At most one finding of each type. */
export function findingsOf(group: Neighborhood, network: LocalNetwork): readonly NetworkFinding[] {
  const findings =
    group.protocol === 'vip'
      ? [
          group.leads ? undefined : kernelAnswers(group, network),
          arpOff(group, network) ?? arpIgnored(group, network) ?? noLocalRoute(group, network),
          onOtherNic(group, network),
        ]
      : [
          kernelAnswers(group, network),
          arpOff(group, network),
          onOtherNic(group, network) ?? outsideSubnet(group, network),
        ];
  return findings.filter((finding) => finding !== undefined);
}

function kernelAnswers(group: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  const onNic = network.interfaces[group.interface]?.find(({ address }) => group.addresses.includes(address));
  if (onNic !== undefined) return addressOnNode(onNic, group.interface);
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

/** One that is all of its subnet was put there as a virtual address; any other may be the node's own. */
function addressOnNode(
  { address, cidr }: { readonly address: string; readonly cidr: string | null },
  nic: string,
): NetworkFinding {
  const isVirtual = cidr === null || cidr.endsWith(address.includes(':') ? '/128' : '/32');
  const remedy = isVirtual
    ? `take it off (ip address del ${cidr ?? address} dev ${nic}), and stop what put it there (keepalived, kube-vip, MetalLB?)`
    : `if it is the node's own, leave it out of the Eip (its network is ${cidr}); else take it off (ip address del ${cidr} dev ${nic})`;
  const message = `${address} is on ${nic}, so the kernel of this node answers for it, whoever leads: ${remedy}`;
  return { type: 'KernelAnswers', reason: 'AddressOnNode', message };
}

function strictArpOff(nic: string): NetworkFinding {
  const message =
    `kube-proxy runs in IPVS mode without strictARP: the kernel of this node answers on ${nic} for every address on ${ipvsInterface}, ` +
    'whoever leads: set ipvs.strictARP to true in kube-proxy’s configuration and restart it ' +
    '(it then sets net.ipv4.conf.all.arp_ignore=1 and net.ipv4.conf.all.arp_announce=2)';
  return { type: 'KernelAnswers', reason: 'StrictArpOff', message };
}

/** Told by the leader alone: the flag is one of the NIC and may be meant, as long as nobody is to be reached there. */
function arpOff({ interface: nic, leads }: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  if (!leads || !network.hasArpOff(nic)) return undefined;
  const message =
    `${nic} has ARP and neighbour discovery switched off, so the kernel of this node neither answers there nor finds anybody: ` +
    `ip link set ${nic} arp on`;
  return { type: 'KernelSilent', reason: 'ArpOff', message };
}

/** In vip mode: the kernel of the leader is to answer and was told not to. */
function arpIgnored(group: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  if (!group.leads) return undefined;
  const { interface: nic, virtualMac } = group;
  const ignore = network.setting('arp_ignore', virtualMac ? undefined : nic);
  if (ignore !== nobody && ignore !== sameSubnetOnly) return undefined;
  const asked = ignore === nobody || virtualMac ? group.addresses : outsideOf(group, network);
  const silent = asked.filter((address) => parseIp(address)?.family === 4);
  if (silent.length === 0) return undefined;
  const which = silent.length === 1 ? silent[0] : `${silent[0]} and ${silent.length - 1} more`;
  const where = ignore === nobody ? '' : ' (asked for from another subnet than its interface has)';
  const settings = virtualMac ? '' : `, and net.ipv4.conf.${nic}.arp_ignore,`;
  const message =
    `arp_ignore is ${ignore}, so the kernel of this node, which leads, answers nobody who asks for ${which}${where}: ` +
    `set net.ipv4.conf.all.arp_ignore${settings} to 0 or 1`;
  return { type: 'KernelSilent', reason: 'ArpIgnored', message };
}

/** In vip mode: the NIC has the address, but somebody has deleted the route by which the kernel takes packets for it in. */
function noLocalRoute({ leads, addresses }: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  const deaf = leads ? addresses.filter((address) => parseIp(address)?.family === 4 && !network.ipv4.has(address)) : [];
  for (const [nic, list] of Object.entries(network.interfaces)) {
    const [silent, ...more] = deaf.filter((address) => list.some((each) => each.address === address));
    if (silent === undefined) continue;
    const which = more.length === 0 ? silent : `${silent} and ${more.length} more`;
    const message =
      `${nic} has ${which}, but the kernel of this node, which leads, answers nobody there, since somebody has deleted the route ` +
      `'local ${silent}' of its table local: ip address del ${silent}/32 dev ${nic}, and it is put back with its route`;
    return { type: 'KernelSilent', reason: 'NoLocalRoute', message };
  }
  return undefined;
}

/** Told by the leader alone, which answers for them on the wrong LAN. */
function onOtherNic(group: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  if (!group.leads) return undefined;
  const outside = outsideOf(group, network);
  for (const [nic, subnets] of network.subnets) {
    const there = withinAny(outside, subnets);
    if (there.length === 0) continue;
    const [which, are] = there.length === 1 ? [there[0], 'is'] : [`${there[0]} and ${there.length - 1} more`, 'are'];
    const message =
      `${which} ${are} in the subnet of ${nic}, and the group is on ${group.interface}, where hosts of that subnet do not ask: ` +
      'give it a group of its own, or the group the other interface; an Eip without spec.interface does so by itself';
    return { type: 'OutsideSubnet', reason: 'OtherInterface', message };
  }
  return undefined;
}

/** The addresses of a group that are in no subnet of its NIC. */
function outsideOf({ interface: nic, addresses }: Neighborhood, network: LocalNetwork): readonly string[] {
  const inside = new Set(withinAny(addresses, network.subnets.get(nic) ?? []));
  return addresses.filter((address) => !inside.has(address));
}

function withinAny(addresses: readonly string[], subnets: readonly Subnet[]): readonly string[] {
  if (subnets.length === 0) return [];
  return addresses.filter((text) => {
    const address = parseIp(text);
    return address !== undefined && subnets.some((subnet) => isWithin(address, subnet));
  });
}

/** Told by the leader alone: the others' NICs are in the same LAN. */
function outsideSubnet(group: Neighborhood, network: LocalNetwork): NetworkFinding | undefined {
  if (!group.leads) return undefined;
  const outside = outsideOf(group, network);
  if (outside.length === 0) return undefined;
  const [which, are] =
    outside.length === 1 ? [outside[0], 'is'] : [`${outside[0]} and ${outside.length - 1} more`, 'are'];
  const message =
    `${which} ${are} in no subnet of ${group.interface}: hosts reach such an address only if they have a route that makes them ` +
    'ask for it on this LAN; else take addresses of the subnet, or another interface';
  return { type: 'OutsideSubnet', reason: 'NoSuchSubnet', message };
}
