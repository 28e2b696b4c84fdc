/**
 * One group on this node: its configuration, its virtual router, and the NIC it is bound to.
 */
import { type Family, formatIp, ipFromBytes } from '../../../core/ip/address.js';
import { type Micros, never } from '../../../core/time.js';
import { resignationInterval } from '../../../core/vrrp/timers.js';
import type { VirtualRouter, VirtualRouterConfig } from '../../../core/vrrp/virtual-router.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { PacketSocket } from '../../../platform/linux/packet-socket.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import type { VirtualMac } from '../answering/virtual-macs.js';
import type { GroupConfig, NotHeld } from '../messages.js';
import { type Reason, sameReasons } from '../reasons.js';
import type { AdvertFrames } from './advert-frames.js';
import { stillHeldDown } from './hold-down.js';
import { initialPhase, type Phase } from './phase.js';
import { newStamps, type Stamps } from './signing.js';
import { type Heard, newHeard } from './silences.js';
import { type Unproven, unprovenOf } from './unproven.js';

/** An interface that groups live on. */
export interface Nic {
  readonly index: number;
  link: Link;
  readonly socket: PacketSocket;
  /** The groups here, by `routerKey`. */
  readonly members: Map<number, Member>;
  /** The groups here by the IDs that they had before. */
  readonly formers: Map<number, Member>;
  /** Frames may be waiting. */
  readable: boolean;
  readonly memberships: Map<Family, { close(): void }>;
}

/** Where a group lives: only then does it have a virtual router. */
export interface Binding {
  readonly nic: Nic;
  source: Uint8Array;
  /** Which MAC the group's frames come from and its addresses answer with. */
  mac: Uint8Array;
  /** Where that MAC is not the NIC's. */
  virtual: VirtualMac | undefined;
  router: VirtualRouter;
  /** By virtual router ID: the group's own and its former ones. */
  frames: ReadonlyMap<number, AdvertFrames>;
}

export interface Member extends Unproven, Heard {
  config: GroupConfig;
  phase: Phase<Binding>;
  /** Why the group takes no part here, or only in part, as far as its node and its NIC are concerned. */
  hindrances: readonly Reason[];
  /** Addresses that it leads with but does not take. */
  withheld: readonly NotHeld[];
  /** Why the present state was entered, and who led then. */
  reason: string | undefined;
  activeSource: Uint8Array | undefined;
  /** Who was last said to lead, see leader.ts, and what this node's place was; `leader` undefined: this node. */
  toldLeader:
    | {
        readonly answersOn: number;
        readonly source: Uint8Array;
        readonly mac: Uint8Array;
        readonly leader: Uint8Array | undefined;
        readonly proven: boolean;
      }
    | undefined;
  /** How often this node has come to lead the group. */
  leaderships: number;
  /** Ethernet addresses of peers, by `addressKey` of their source; see `learnPeerMac`. */
  readonly peerMacs: Map<string, Uint8Array>;
  /** The IDs that the group had before, and until when this node's adverts go out under each of them as well. */
  readonly formerIds: Map<number, Micros>;
  /** By offender and offence. */
  readonly sighted: Map<string, Offence>;
  readonly stamps: Stamps;
  /** From when on the others can be expected to send it adverts; see `isReachable`. */
  reachableFrom: Micros;
}

/** Frames of somebody who should not be there, see foreign-adverts.ts. */
export interface Offence {
  readonly since: Micros;
  last: Micros;
  frames: number;
  reported: Micros;
  lasting: boolean;
}

/** @param before whose place it takes, if it takes one's */
export function newMember(config: GroupConfig, before?: Member): Member {
  return {
    config,
    ...unprovenOf(config, before),
    ...newHeard(),
    leaderships: before?.leaderships ?? 0,
    phase: initialPhase(before && stillHeldDown(before.phase.holdDown, before.config, config)),
    hindrances: [],
    withheld: [],
    reason: undefined,
    activeSource: undefined,
    toldLeader: undefined,
    peerMacs: new Map(),
    formerIds: new Map(config.formerIds.map((id) => [id, 0])),
    sighted: new Map(),
    stamps: before?.stamps ?? newStamps(),
    reachableFrom: 0,
  };
}

/** The interface that the addresses are put on. */
export function addressIndex({ nic, virtual }: Binding): number {
  return virtual?.interfaceIndex ?? nic.index;
}

/**
 * Whether this node's adverts come from where its configuration says. If they do not (another NIC, a new DHCP lease), the others do not
 * hear it, and their addresses may be out of date as well.
 */
export function isAsConfigured({ source: announced }: GroupConfig, source: Uint8Array): boolean {
  return announced === undefined || equalOctets(announced, source);
}

/**
 * Whether the others can send this node adverts: by unicast they do so once its address stands in the group. Before, it would take
 * their silence for their end. They hear of that address a little later or earlier than this node does.
 */
export function isReachable({ transport, source, peers, bestPeer }: GroupConfig): boolean {
  return transport === 'multicast' || source !== undefined || (peers.length === 0 && bestPeer === 0);
}

/** One that was refused its addresses takes them from nobody. */
export function routerConfig({ config, phase }: Member, source: Uint8Array): VirtualRouterConfig {
  const { version, family, virtualRouterId, priority, advertisementInterval, preemptDelay } = config;
  const preempt = config.preempt && phase.holdDown === undefined;
  const lastResorts = config.lastResorts ?? 0;
  return {
    version,
    family,
    virtualRouterId,
    priority,
    advertisementInterval,
    preempt,
    preemptDelay,
    lastResorts,
    unheard: !isAsConfigured(config, source),
    virtualMac: config.virtualMac,
    resignationInterval: resignationInterval(version, config.worstPeer, advertisementInterval),
    source,
  };
}

/** Whether `after` can replace `before` while the virtual router goes on, on the same NIC; its ID may be another. */
export function sameVirtualRouter(before: GroupConfig, after: GroupConfig): boolean {
  return (
    before.version === after.version &&
    before.family === after.family &&
    before.virtualMac === after.virtualMac &&
    (before.unfit === undefined) === (after.unfit === undefined)
  );
}

/** Whether both say in the same words which NIC. */
export function sameInterface(before: GroupConfig, after: GroupConfig): boolean {
  return JSON.stringify(before.interface) === JSON.stringify(after.interface);
}

/**
 * Whether a leader gives way: checks, being of last resort, or the controller of a preempting group lowered its priority below that
 * of a member that can be better; or it is asked to yield to such a member. A sticky leader stays when the controller merely prefers
 * another.
 */
export function givesWay(before: GroupConfig, after: GroupConfig): boolean {
  if (after.priority >= after.bestPeer) return false;
  // A check may have added to the priority of before.
  const meant =
    before.weighed !== undefined || after.weighed !== undefined || after.lastResort !== undefined || after.preempt;
  return (after.priority < before.priority && meant) || (after.yields && !before.yields);
}

/**
 * Whether a leader on its way out has heard its successor. From then on one frame from the virtual MAC, such as the answer to the
 * successor's own announcement, would take that MAC away from it at the switches, so it is silent at once.
 */
export function isSucceeded({ leaving }: VirtualRouter): boolean {
  return leaving !== undefined && leaving.releaseAt !== never;
}

/** Whether a router is Active for its addresses only: it has given leadership up. */
export function isOnItsWayOut({ leaving }: VirtualRouter): boolean {
  return leaving !== undefined;
}

/** Whether it answers for the group's addresses, or is about to. */
export function isActive({ phase: { binding } }: Pick<Member, 'phase'>): boolean {
  return binding?.router.state === 'Active';
}

/** Whether both say the same of this node's own address. */
export function sameSource(a: GroupConfig, b: GroupConfig): boolean {
  const stands = a.sourceStands?.field === b.sourceStands?.field;
  if (a.source === undefined || b.source === undefined) return a.source === b.source && stands;
  return equalOctets(a.source, b.source) && stands;
}

/** Whether a report says the same of both. */
export function saysTheSame(before: GroupConfig, after: GroupConfig): boolean {
  return (
    before.priority === after.priority &&
    sameReasons(before.weighed, after.weighed) &&
    before.lastResort === after.lastResort &&
    before.authentication?.problem?.message === after.authentication?.problem?.message
  );
}

export function text(address: Uint8Array): string {
  return formatIp(ipFromBytes(address));
}
