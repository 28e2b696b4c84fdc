/** The settings in which this product and keepalived are put into one virtual router: one row of the table in docs/interop.md each. */
import { membershipOf } from '../../src/agent/membership.js';
import type { VipGroupSpec } from '../../src/api/vip-group.js';
import type { KeepalivedInstance } from '../lab/keepalived.js';

export interface InteropCase {
  /** As the table in docs/interop.md has it. */
  readonly name: string;
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly transport: 'multicast' | 'unicast';
  readonly checksum: 'pseudo-header' | 'message';
  /** Who answers from the MAC of the virtual router instead of its NIC's. */
  readonly virtualMac: 'nobody' | 'keepalived' | 'both';
  /** How keepalived is configured unlike us. */
  readonly keepalived?: Partial<KeepalivedInstance>;
  /** keepalived's unicast adverts have the TTL that keepalived gives them of itself. */
  readonly usualTtl?: boolean;
}

const usual = {
  version: 3,
  family: 4,
  transport: 'multicast',
  checksum: 'pseudo-header',
  virtualMac: 'nobody',
} as const;

export const interopCases: readonly InteropCase[] = numbered<Partial<InteropCase> & Pick<InteropCase, 'name'>>([
  { name: 'version 2, IPv4, multicast', version: 2 },
  { name: 'version 2, IPv4, unicast', version: 2, transport: 'unicast' },
  { name: 'version 3, IPv4, multicast' },
  { name: 'version 3, IPv4, multicast, RFC 9568 checksum', checksum: 'message' },
  { name: 'version 3, IPv4, unicast', transport: 'unicast' },
  { name: 'version 3, IPv4, unicast, RFC 9568 checksum', transport: 'unicast', checksum: 'message' },
  { name: 'version 3, IPv6, multicast', family: 6 },
  { name: 'version 3, IPv6, unicast', family: 6, transport: 'unicast' },
  { name: 'version 3, IPv4, multicast, keepalived with virtual MAC', virtualMac: 'keepalived' },
  { name: 'version 3, IPv6, multicast, keepalived with virtual MAC', family: 6, virtualMac: 'keepalived' },
  { name: 'version 3, IPv4, multicast, both with virtual MAC', virtualMac: 'both' },
  { name: 'version 3, IPv6, multicast, both with virtual MAC', family: 6, virtualMac: 'both' },
]);

/** Why a case cannot be run with this version of keepalived and this agent; undefined when it can. */
export function obstacle(each: InteropCase, version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (each.checksum === 'message' && major * 1e6 + minor * 1e3 + patch < 2_002_008) {
    return `v3_checksum_as_v2 came with keepalived 2.2.8, this is ${version}`;
  }
  const address = { 4: '10.77.0.11', 6: 'fe80::11' };
  const spec = vipGroupSpec(each, { ours: address, theirs: address }, { priority: 1, preempt: false });
  const part = membershipOf({ metadata: { name: 'case' }, spec }, 'ours')!;
  if (each.virtualMac === 'both' && !('virtualMac' in part)) return 'the agent does not heed virtualMac yet';
  return undefined;
}

/** Cases from what is special about each, with a virtual router of its own. */
export function numbered<T extends Partial<InteropCase> & Pick<InteropCase, 'name'>>(
  variants: readonly T[],
): readonly (InteropCase & T)[] {
  return variants.map((each, index) => ({ ...usual, ...each, virtualRouterId: index + 1 }));
}

/** The virtual address of a case. */
export function virtualAddress({ family, virtualRouterId }: Pick<InteropCase, 'family' | 'virtualRouterId'>): string {
  return family === 4 ? `10.77.0.${100 + virtualRouterId}` : `fd77::${(0x100 + virtualRouterId).toString(16)}`;
}

/**
 * What adverts of a case list. Over IPv6 the first is the link-local address that follows from the virtual router's MAC; keepalived must
 * be told it, and drops adverts whose list is not its own.
 */
export function advertisedAddresses(each: InteropCase): readonly string[] {
  if (each.family === 4) return [virtualAddress(each)];
  return [`fe80::200:5eff:fe00:2${each.virtualRouterId.toString(16).padStart(2, '0')}`, virtualAddress(each)];
}

/** 250 ms; version 2 knows whole seconds only. */
export function intervalMs({ version }: Pick<InteropCase, 'version'>): number {
  return version === 2 ? 1000 : 250;
}

/** Where the adverts of the two routers come from, by family. */
export interface Sources {
  readonly ours: Readonly<Record<4 | 6, string>>;
  readonly theirs: Readonly<Record<4 | 6, string>>;
}

export interface Role {
  readonly priority: number;
  readonly preempt: boolean;
}

export function keepalivedInstance(each: InteropCase, sources: Sources, role: Role): KeepalivedInstance {
  const { virtualRouterId, version, family } = each;
  return {
    virtualRouterId,
    version,
    virtualMac: each.virtualMac !== 'nobody',
    advertsFromNic: each.virtualMac === 'keepalived',
    ...role,
    interval: intervalMs(each) / 1000,
    addresses: advertisedAddresses(each),
    checksumAsVersion2: version === 3 && family === 4 && each.checksum === 'message',
    ...(each.transport === 'multicast'
      ? {}
      : {
          unicast: {
            source: sources.theirs[family],
            peers: [sources.ours[family]],
            ...(each.usualTtl ? {} : { ttl: 255 }),
          },
        }),
    ...(each.keepalived ?? {}),
  };
}

export function vipGroupSpec(each: InteropCase, sources: Sources, role: Role): VipGroupSpec {
  const { virtualRouterId, version, family, transport, checksum } = each;
  return {
    protocol: 'vip',
    interface: 'eth0',
    addresses: [virtualAddress(each)],
    vrrp: {
      virtualRouterId,
      advertisementInterval: `${intervalMs(each)}ms`,
      preempt: role.preempt,
      version,
      transport,
      checksum,
      virtualMac: each.virtualMac === 'both',
    },
    members: [
      { node: 'ours', address: sources.ours[family], priority: role.priority },
      // The agent needs keepalived's address, not its priority.
      { node: 'keepalived', address: sources.theirs[family], priority: 1 },
    ],
  };
}
