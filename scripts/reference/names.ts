// Owns: the page of annotations, labels and other names that objects carry for us.
import {
  agentLeaseKeeps,
  agentLeaseLabels,
  agentLeaseNode,
  agentLeaseScheduling,
  agentLeaseVersion,
} from '../../src/api/agent-lease.js';
import { agentLeaseNetwork } from '../../src/api/agent-network.js';
import * as names from '../../src/api/annotations.js';
import { leaseAskedAt, leaseKey } from '../../src/api/asking.js';
import { cniLabel, rackLabel } from '../../src/api/bgp-conf.js';
import { labelledMark, partLabel } from '../../src/api/group-labels.js';
import { leaseClocks, leaseHeard } from '../../src/api/heard-lease.js';
import {
  allocatedFromAnnotation,
  formerAllocatedFromAnnotation,
  metallbAnnotations,
} from '../../src/api/metallb-annotations.js';
import { madeFromLabel, originAnnotation, writtenAnnotation } from '../../src/api/origin.js';
import { addressAllocated } from '../../src/controller/services/condition.js';
import { code, page, table, wrapped } from './markdown.js';
import { type Source, sourcesIn } from './sources.js';

/** Name, the kind that has it, what it is for. */
type Row = readonly [name: string, of: string, meaning: string];

const written: readonly Row[] = [
  [names.optInAnnotation, 'Service', `${code(names.optInValue)}: it is ours to serve`],
  [
    names.eipName,
    'Service',
    'the Eip to take an address from; several, with commas, in the order in which they are tried',
  ],
  [
    names.requestedAddressAnnotation,
    'Service',
    'the address asked for, or several with commas; counts before `spec.loadBalancerIP`',
  ],
  [
    names.sharingKeyAnnotation,
    'Service',
    'Services with the same key may have one address together, while their ports differ and their traffic policies agree',
  ],
  [
    names.protocolAnnotation,
    'Service',
    "of OpenELB 0.5: chooses nothing here; a Warning where it is not the Eip's protocol",
  ],
  [names.defaultEipAnnotation, 'Eip', '`"true"`: for Services that name none'],
  [names.forceRemovalAnnotation, 'Eip', '`"true"`: it may be deleted or shrunk while Services have its addresses'],
  [
    names.rebalanceAnnotation,
    'Eip',
    '`"true"`: bring its groups back to their preferred leaders; the controller writes how far it is, and takes it off',
  ],
];

const byUs: readonly Row[] = [
  [names.allocatedAnnotation, 'Service', 'the addresses that it was given last; it gets them again'],
  [names.newAddressesAnnotation, 'Service', 'which of them were new to it, and since when'],
  [
    names.foreignVirtualRouterIdsAnnotation,
    'Eip',
    'virtual router IDs that others on the LAN use, and until when they are not taken',
  ],
  [names.addressesOfOthersAnnotation, 'Eip', 'addresses that other hosts have, and until when they are not given out'],
  [originAnnotation, 'Eip, BgpConf, BgpPeer', "the object of MetalLB's that it is made from"],
  [
    writtenAnnotation,
    'Eip, BgpConf, BgpPeer',
    'a digest of what the controller wrote; take it off to have an edited object follow again',
  ],
  [allocatedFromAnnotation, 'Service', 'as MetalLB does: the pool that it has its addresses from'],
  [
    formerAllocatedFromAnnotation,
    'Service',
    'the former spelling of that: taken off where there is one, as MetalLB does',
  ],
  ['openelb.kubesphere.io/reservations', 'Lease', 'addresses that Services and VipGroups are about to get'],
  [agentLeaseNode, 'Lease', 'the node of an agent'],
  [agentLeaseVersion, 'Lease', 'the version of an agent'],
  [
    agentLeaseScheduling,
    'Lease',
    'how the kernel schedules the engine of an agent: `SCHED_RR`, in real time; `nice` or `normal` where that is refused',
  ],
  [agentLeaseNetwork, 'Lease', "the subnets and gateways of an agent's node"],
  [
    agentLeaseKeeps,
    'Lease',
    'the families of whose addresses connections go on when they move to the node: `IPv4,IPv6`',
  ],
  [leaseKey, 'Lease', 'the public key by which a controller asks agents whether they live, or an agent answers'],
  [leaseAskedAt, 'Lease', 'the port at which an agent is asked whether it lives'],
  [leaseHeard, 'Lease', 'the nodes whose agents have lately answered the controller'],
  [leaseClocks, 'Lease', "by how many milliseconds clocks of these are ahead of the controller's, where they are off"],
];

const labels: readonly Row[] = [
  [names.excludeNodeLabel, 'Node', 'its presence: no load balancer uses the node'],
  [rackLabel, 'Node', 'its rack, a key of `asPerRack` of the BgpConf'],
  [cniLabel, 'Node', '`calico`: nobody speaks BGP from there but Calico'],
  [names.eipName, 'Service', 'the Eip that its address is from; written by the controller'],
  [madeFromLabel, 'Eip, BgpConf, BgpPeer', 'made from objects of another load balancer; written by the controller'],
  [labelledMark, 'VipGroup', 'its members are labelled; written by the controller'],
  [partLabel, 'VipGroup', 'in which half of all groups it is, so that many are read faster; written by the controller'],
  ['member.openelb.io/NODE', 'VipGroup', 'a member, so that its agent watches this group; written by the controller'],
  [
    Object.keys(agentLeaseLabels)[0]!,
    'Lease',
    '`agent` or `controller`: whose heartbeat it is; `heard`: the agents that the controller hears',
  ],
  [
    'openelb.io/announced-by',
    'Node',
    'no node has it: an Eip that `convert` makes of a pool without advertisement asks for it',
  ],
];

const others: readonly Row[] = [
  [names.loadBalancerClass, '`spec.loadBalancerClass` of a Service', 'it is ours, without an annotation'],
  [addressAllocated, 'a condition of a Service', 'it waits for an address, and why'],
  ['openelb.io/controller', 'the reporting controller of Events', 'the controller'],
  ...names.openelbFinalizers.map(
    (each): Row => [each, 'a finalizer', 'of OpenELB; taken off objects that are adopted'],
  ),
  ...[
    'layer2.openelb.kubesphere.io/v1alpha1',
    'node-proxy.openelb.kubesphere.io/external-ip',
    'node-proxy.openelb.kubesphere.io/internal-ip',
  ].map((each): Row => [each, 'an annotation of a Service', 'of OpenELB; left alone']),
  [
    'node-proxy.openelb.kubesphere.io/type',
    'an annotation of a Service',
    "of OpenELB's proxy, which there is none of here: a Warning says so",
  ],
];

/** A name under a domain of ours that a source has and no table here, and where; undefined when there is none. */
export function unexplainedName(sources: readonly Source[]): string | undefined {
  const known = new Set([...written, ...byUs, ...labels, ...others].map(([name]) => name.replace(/NODE$/, '')));
  const domain = /'((?:[a-z0-9-]+\.)*(?:openelb\.io|(?:openelb|lb|ipam|network)\.kubesphere\.io)\/[A-Za-z0-9/._-]*)'/g;
  for (const { path, text } of sources)
    for (const [, name = ''] of text.matchAll(domain)) if (!known.has(name)) return `${path} has the name ${name}`;
  return undefined;
}

/** Throws for a name that nothing here explains. */
export function namesPage(): string {
  const unexplained = unexplainedName(sourcesIn('src'));
  if (unexplained !== undefined) throw new Error(`${unexplained}: give it a row in scripts/reference/names.ts`);
  const rows = (from: readonly Row[]) => from.map(([name, of, meaning]) => [code(name), of, meaning]);
  const told = [allocatedFromAnnotation, formerAllocatedFromAnnotation];
  const theirs = metallbAnnotations.filter((each) => !told.includes(each));
  return page('Annotations and labels', [
    '## Annotations that you write',
    table(['annotation', 'of', 'what it does'], rows(written)),
    wrapped(
      `Of MetalLB's annotations ${theirs.map(code).join(', ')} count on Services that say nothing of ours. A name that is misspelt gets a Warning Event; ` +
        '[openelb-vip check](../command-line.md) finds it before.',
    ),
    '## Annotations that the programs write',
    table(['annotation', 'of', 'what it holds'], rows(byUs)),
    '## Labels',
    table(['label', 'of', 'what it means'], rows(labels)),
    '## Other names',
    table(['name', 'what it is', 'what it means'], rows(others)),
  ]);
}
