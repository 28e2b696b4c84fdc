/** What the drainer needs from Linux, and what it says is wrong. */
import type { Micros } from '../../core/time.js';
import type { Nftables } from '../../platform/linux/nftables/nftables.js';
import type { Rtnetlink } from '../../platform/linux/rtnetlink.js';
import type { Conditions, NodeView } from './conditions.js';
import type { NeighborProbe } from './neighbor-probe.js';
import type { TableFault } from './table.js';

/** Why connections of a group are not kept. */
export interface DrainingProblem {
  readonly reason: Exclude<Conditions, { ok: true }>['reason'] | TableFault['reason'] | 'NoNftables' | 'NotOnLink';
  readonly message: string;
}

/** What the drainer needs from Linux, as one value, so that a test can be the kernel. */
export interface DrainingKernel {
  now(): Micros;
  /** Throws a LinuxError where the kernel has no nfnetlink. */
  openNftables(): Nftables;
  readonly node: Omit<NodeView, 'nftables'>;
  readonly rtnetlink: Pick<Rtnetlink, 'neighborMac' | 'useNeighbor' | 'routeTo'>;
  /** Whether a NIC, by index, is up and has carrier. */
  hasLink(nic: number): boolean;
  /** The Ethernet address of a NIC, by index. */
  macOf(nic: number): Uint8Array | undefined;
  readonly probe: NeighborProbe;
}
