/** The spec that makes a VipGroup be what placement calls a group. */
import { type Eip, protocolOf } from '../../api/eip.js';
import { subnetOf } from '../../api/interface.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import type { Group } from '../../core/placement/group.js';
import { internalAddress } from '../nodes/internal-address.js';
import { lastResort } from '../nodes/last-resort.js';
import type { Node } from '../objects/builtin-objects.js';
import { sameJson } from '../objects/same-json.js';

/** What a group's object says beside what placement and the Eip decide. */
export interface Extras {
  /** IDs that it had before. */
  readonly formerIds?: readonly number[];
  /** Its leader is asked to hand over to the preferred one. */
  readonly yields?: boolean;
  /** Where the Eip names no NIC: an address of whose subnet each node finds its own. */
  readonly near?: IpAddress | undefined;
}

/** More are not taken by the schema. */
const mostFormerIds = 8;

/**
 * The spec that makes an object be `group`.
 *
 * @param present the object as it is, whose status says where the members' adverts come from
 */
export function specOf(
  group: Group,
  eip: Eip,
  present: VipGroup | undefined,
  node: (name: string) => Node | undefined,
  { formerIds = [], yields = false, near }: Extras = {},
): VipGroupSpec {
  const {
    groups: _,
    members: __,
    rebalance: ___,
    rebalanceDelay: ____,
    source,
    version,
    ...settings
  } = eip.spec.vrrp ?? {};
  return {
    eip: eip.metadata.name,
    protocol: protocolOf(eip),
    ...interfaceFor(eip, near),
    ipFamily: group.family === 6 ? 'IPv6' : 'IPv4',
    addresses: group.addresses.map(formatIp),
    addressCount: group.addresses.length,
    vrrp: {
      ...(version === undefined || group.family === 6 ? {} : { version }),
      ...settings,
      virtualRouterId: group.virtualRouterId!,
      ...(formerIds.length === 0 ? {} : { formerVirtualRouterIds: formerIds.slice(0, mostFormerIds) }),
      ...(yields ? { yield: true } : {}),
    },
    members: group.members.map(({ node: name, priority }) => {
      // IPv6 adverts come from a link-local address, which every NIC has.
      const isInternal = source === 'InternalIP' && group.family === 4;
      const internal = isInternal ? internalAddress(node(name), group.family) : undefined;
      const address = memberAddress(name, group.family, present, internal);
      const why = lastResort(node(name));
      return {
        node: name,
        ...(address === undefined ? {} : { address }),
        priority,
        ...(why === undefined ? {} : { lastResort: why }),
      };
    }),
  };
}

/** The NIC that the Eip names; without one, that of a subnet: each node finds its own. */
function interfaceFor({ spec }: Eip, near: IpAddress | undefined): { interface?: string } {
  if (spec.interface) return { interface: spec.interface };
  return near === undefined ? {} : { interface: `${subnetOf}${formatIp(near)}` };
}

/**
 * Where the node reported that its adverts come from; else what the Eip says, or what it was before. Never a guess from the Node object that
 * nobody asked for: the others believe nobody else in that member's name, so a wrong address makes two leaders, and a missing one is known
 * soon.
 *
 * @param internal the Node's InternalIP, where the Eip says that adverts come from there
 */
function memberAddress(
  name: string,
  family: Family,
  present: VipGroup | undefined,
  internal: string | undefined,
): string | undefined {
  const reported = present?.status?.members?.find((member) => member.node === name)?.address;
  const earlier = present?.spec.members.find((member) => member.node === name)?.address;
  return [reported, internal, earlier].find((text) => parseIp(text ?? '')?.family === family);
}

/** The spec with these addresses; of others it says no more on whom they are. */
export function withAddresses({ onlyOn, ...spec }: VipGroupSpec, addresses: readonly string[]): VipGroupSpec {
  const left = Object.fromEntries(
    addresses.flatMap((address) => {
      const nodes = onlyOn !== undefined && Object.hasOwn(onlyOn, address) ? onlyOn[address] : undefined;
      return nodes === undefined ? [] : [[address, nodes]];
    }),
  );
  return {
    ...spec,
    addresses: [...addresses],
    addressCount: addresses.length,
    ...(Object.keys(left).length === 0 ? {} : { onlyOn: left }),
  };
}

/** Whether two specs mean the same: the server may keep members in another order. */
export function sameSpec(a: VipGroupSpec, b: VipGroupSpec): boolean {
  return sameJson({ ...a, members: byNode(a) }, { ...b, members: byNode(b) });
}

function byNode({ members }: VipGroupSpec): VipGroupSpec['members'] {
  return [...members].sort((a, b) => (a.node < b.node ? -1 : 1));
}
