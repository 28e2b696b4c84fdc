/**
 * What the main thread and the engine say to each other. Everything here survives structured cloning.
 */
import type { KeyObject } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import type { Family } from '../../core/ip/address.js';
import type { Micros } from '../../core/time.js';
import type { AuthenticationFault, AuthenticationMode } from '../../core/vrrp/authentication.js';
import type { State, TransitionReason } from '../../core/vrrp/virtual-router.js';
import type { ChecksumForm } from '../../core/wire/vrrp.js';
import type { Scheduling } from '../../platform/linux/scheduling.js';
import type { Silences } from './election/silences.js';
import type { Lateness } from './lateness.js';
import type { Reason, ReasonType } from './reasons.js';

/**
 * A NIC by its name, as the first of some names (`*` stands for any characters), as the one that the route to an address leaves by, or as
 * the one whose subnet holds an address, else that of the default route.
 */
export type InterfaceChoice =
  | { readonly name: string }
  | { readonly names: readonly string[] }
  | { readonly canReach: Uint8Array }
  | { readonly subnetOf: Uint8Array };

/** One VipGroup as this node takes part in it: checked, with durations in microseconds and addresses as bytes. */
export interface GroupConfig {
  readonly name: string;
  /** How the leader makes the addresses answer: `nic` holds them on the NIC, `responder` answers ARP and NDP itself. */
  readonly answer: 'nic' | 'responder';
  readonly interface: InterfaceChoice;
  readonly family: Family;
  readonly version: 2 | 3;
  /** 1..255 */
  readonly virtualRouterId: number;
  /** IDs that the group had before: members that have not heard of the new one are still heard under these. */
  readonly formerIds: readonly number[];
  /** 1..255: what checks have left of it. */
  readonly priority: number;
  /** The highest priority that another member has when all its checks pass; 0 without another. */
  readonly bestPeer: number;
  /** The lowest such priority; absent without another. */
  readonly worstPeer?: number;
  /** What checks took off the priority or added to it, and why, if they did. */
  readonly weighed?: readonly Reason[];
  /** Checks may change the members' priorities, so that two may have the same for a while. */
  readonly weighs?: true;
  /** What other programs left of the group's addresses on the NIC is removed. */
  readonly removesForeign?: true;
  /** Why this node leads only when no ordinary member does, if so. */
  readonly lastResort?: string;
  /** Members with this priority or a lower one are of last resort; absent: nobody is. */
  readonly lastResorts?: number;
  /** Why this node must not take part at present. */
  readonly unfit?: readonly Reason[];
  readonly advertisementInterval: Micros;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  /** How fast a Backup is to find out that the leader is dead, beyond what adverts tell; absent: by the default patience. */
  readonly fastDetection?: { readonly interval: Micros; readonly multiplier: number };
  /** Backups do not ask the leader whether it lives. */
  readonly asksLeader?: false;
  /** A leader that is not the best member hands over when this becomes true. */
  readonly yields: boolean;
  /** Whether the addresses answer with the virtual router's MAC, on an interface of their own. */
  readonly virtualMac: boolean;
  readonly checksum: ChecksumForm;
  readonly transport: 'multicast' | 'unicast';
  /** The virtual addresses, 4 or 16 bytes each; may be empty: then the group elects its leader ahead of need. */
  readonly addresses: readonly Uint8Array[];
  /**
   * Those of them that the leader was last said to leave to another host; `neverHeld`: no router of the group ever held it. Absent: none.
   */
  readonly notHeld?: readonly { readonly address: Uint8Array; readonly neverHeld: boolean }[];
  /** This node's own address on the NIC, preferred as the source of adverts while the NIC has it. */
  readonly source: Uint8Array | undefined;
  /** Where that stands, for whoever is to correct it, and who that is. */
  readonly sourceStands?: { readonly field: string; readonly remedy: string };
  /** Where the other members' adverts come from. */
  readonly peers: readonly Uint8Array[];
  /** Their priorities when all their checks pass, in the same order. */
  readonly peerPriorities: readonly number[];
  /** The highest priority of another member whose address is not known, and whose adverts may thus come from anywhere; 0 when all are known. */
  readonly absentUpTo: number;
  /** How adverts are signed and what is asked of the others'; undefined for adverts without a trailer. */
  readonly authentication?: GroupAuthentication;
}

/** The keys of a group on this node. They are `KeyObject`s, whose bytes no log, error or JSON can show. */
export interface GroupAuthentication {
  readonly mode: AuthenticationMode;
  /** How many seconds a stamp may be from the clock, either way. */
  readonly window: number;
  /** The key that signs; undefined when it signs nothing, as in `receive-only` or when no key is there. */
  readonly signing: AdvertKey | undefined;
  /** The keys that are accepted, the signing one among them. */
  readonly accepted: readonly AdvertKey[];
  /** What is wrong with the keys, in a word for a condition, and with what would help. */
  readonly problem?: {
    readonly reason: Extract<ReasonType, 'NoKeysDirectory' | 'KeyMissing' | 'KeyRefused'>;
    readonly message: string;
  };
}

export interface AdvertKey {
  /** 1..255, as in the trailer. */
  readonly id: number;
  readonly key: KeyObject;
}

/** Of the engine's thread: `ending` is asked for by the main thread, `ended` is said when everything is let go of. */
export const phase = { running: 0, ending: 1, ended: 2 } as const;

/** What the engine's thread is started with. */
export interface EngineStart {
  readonly port: MessagePort;
  /** Three shared 32-bit integers: a count of turns, as a sign of life; a `phase`; and how many messages the main thread has taken. */
  readonly pulse: SharedArrayBuffer;
  /** The file that notes which settings of the host are changed; undefined: they are not noted. */
  readonly settingsFile?: string | undefined;
}

export type Command =
  /** Groups that are new or changed, and the names of those to release. */
  | { readonly type: 'configure'; readonly set: readonly GroupConfig[]; readonly release: readonly string[] }
  /** Release every group; `immediate` without waiting for successors. Answered by `released`. */
  | { readonly type: 'shutdown'; readonly immediate: boolean }
  /** Somebody who speaks `bfd/contract` wants sessions, woken by `userFd` if it has no event loop; or its thread has ended. */
  | { readonly type: 'bfd-user'; readonly id: number; readonly port: MessagePort; readonly userFd: number | undefined }
  | { readonly type: 'bfd-user-gone'; readonly id: number }
  /** Answered by `report` with the same id. */
  | { readonly type: 'report'; readonly id: number; readonly members: ReportedMembers }
  /** Say what a scrape shows. Answered by `figures` with the same id, after a `group-figures` for some groups each. */
  | { readonly type: 'figures'; readonly id: number };

/** Of which members a report is: of thousand it takes some milliseconds, and adverts wait meanwhile. `idle` are those in Initialize. */
export type ReportedMembers = 'all' | 'idle';

export type EngineEvent =
  | { readonly type: 'started'; readonly wakeFd: number; readonly scheduling: Scheduling }
  /** It gave up its priority, or has it again. */
  | { readonly type: 'scheduling'; readonly scheduling: Scheduling }
  /** What this node is in a group, at each change. */
  | ({ readonly type: 'member' } & MemberReport)
  | Transition
  | LeaderSeen
  | LeaderSilent
  | Sighting
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: object;
    }
  | { readonly type: 'report'; readonly id: number; readonly report: EngineReport }
  | { readonly type: 'group-figures'; readonly id: number; readonly groups: GroupColumns }
  | { readonly type: 'figures'; readonly id: number; readonly figures: OwnFigures }
  /**
   * An interface of ours that is silent for good. Whoever hears this removes it: the kernel takes tens of milliseconds for that, which the
   * engine does not have.
   */
  | { readonly type: 'spent-interface'; readonly interfaceIndex: number; readonly name: string }
  /** A packet socket that nobody reads any more, to be closed by whoever hears this, for the same reason. */
  | { readonly type: 'spent-socket'; readonly fd: number }
  | { readonly type: 'released' };

/** A change of state, at the moment it happens. */
export interface Transition {
  readonly type: 'transition';
  readonly group: string;
  readonly from: State;
  readonly to: State;
  readonly reason: TransitionReason;
  readonly priority: number;
  readonly interface: string | undefined;
  /** Where this node's adverts come from. */
  readonly address: string | undefined;
  /** Who leads now, where known. */
  readonly activeSource?: string;
  /** Who led before, where known: of a Backup that became Active. */
  readonly formerSource?: string;
  /** UTC by this node's clock, in microseconds since 1970. */
  readonly at: number;
}

/** Who leads a group, by adverts, whenever that is another than before; also on Backups. */
export interface LeaderSeen {
  readonly type: 'leader';
  readonly group: string;
  /** Where its adverts come from; undefined: this node leads. */
  readonly leader: string | undefined;
  /** Whether more than its first advert was heard, or this node leads. */
  readonly proven: boolean;
  /** Of this node: it leads because whoever did before fell silent. */
  readonly silenced: boolean;
  /** The leader's own Ethernet address, where its adverts show it. */
  readonly station?: Uint8Array | undefined;
  /** The NIC that the group is on, by index, with its Ethernet address and this node's own address there. */
  readonly nic: number;
  readonly mac: Uint8Array;
  readonly source: Uint8Array;
  /** The interface by which packets for the addresses come in: the NIC, or that of the virtual MAC. */
  readonly answersOn: number;
}

/** Of somebody who leads nothing came for so long that its engine is asked whether it lives; it may be gone in a moment, and its node with it. */
export interface LeaderSilent {
  readonly type: 'leader-silent';
  /** By index. */
  readonly nic: number;
  /** Where its adverts came from. */
  readonly leader: string;
}

/** Somebody on the LAN who should not be there; sent at once, then once a minute while it goes on. */
export interface Sighting {
  readonly type: 'sighting';
  readonly group: string;
  /**
   * `stranger`: adverts of our VRID from no member's address. `own-address`: adverts from our own source address.
   * `same-priority`: a member with our priority, as when two agents have one node name. `address-conflict`: another
   * host answers for a virtual address. `unauthenticated`: an advert in a member's name is not signed as it should be.
   * `other-settings`: a member's adverts are not as the group says, and that lasts.
   */
  readonly kind:
    | 'stranger'
    | 'own-address'
    | 'same-priority'
    | 'address-conflict'
    | 'unauthenticated'
    | 'other-settings';
  readonly offender: string;
  readonly virtualRouterId: number;
  readonly interface: string;
  /** Of a `stranger`: it goes on, so it was no stray frame, or it was there before any member led. */
  readonly lasting?: boolean;
  /** The priority in the advert of a `stranger`. */
  readonly priority?: number;
  /** Of a `stranger`: the addresses of members from which nothing was heard so far. */
  readonly unheard?: readonly string[];
  /** The member that a `stranger` probably is, at another address than the group says, and where that stands; found by the main thread. */
  readonly suspect?: { readonly node: string; readonly address: string; readonly field: string };
  /** The virtual address concerned, for `address-conflict`. */
  readonly address?: string;
  /** Whether this node holds that address all the same. */
  readonly held?: boolean;
  /** What is wrong with the signature, for `unauthenticated`. */
  readonly fault?: AuthenticationFault;
  /** What is not as the group says, for `other-settings`, and how it is there and here. */
  readonly setting?: 'version' | 'transport' | 'interval' | 'addresses';
  readonly theirs?: string;
  readonly ours?: string;
  /** The Ethernet address it came from, for `unauthenticated`. */
  readonly mac?: string;
  /** Whether it was dropped for that: of `unauthenticated` it counts until the mode is `enforce`. */
  readonly dropped?: boolean;
}

export interface MemberReport {
  readonly group: string;
  readonly state: State;
  readonly priority: number;
  /** The interval that it goes by now, in microseconds. */
  readonly advertisementInterval?: number;
  readonly interface: string | undefined;
  /** Where this node's adverts come from. */
  readonly address: string | undefined;
  /** Why the state was entered. */
  readonly reason: string | undefined;
  /** Who leads, as far as adverts tell. */
  readonly activeSource: string | undefined;
  /** Why this node takes no part, if it takes none; and what else is to be said of its part. In the order of `reasonTypes`. */
  readonly reasons: readonly Reason[];
  /** The same as one text. */
  readonly message: string | undefined;
  /** Of that, what keeps it out, or will when it has let go. */
  readonly problem?: string | undefined;
  /** What is wrong with the keys that adverts are signed with. */
  readonly keyProblem?: GroupAuthentication['problem'] | undefined;
  /** Virtual addresses answered for right now. */
  readonly held: readonly string[];
  /** Of a leader: virtual addresses that it does not answer for, beyond those that are on their way. */
  readonly notHeld: readonly NotHeld[];
}

export interface NotHeld {
  readonly address: string;
  /** Another host answers for it; it is a node's own; the kernel refuses it. */
  readonly reason: 'AnsweredElsewhere' | 'AddressOfNode' | 'Refused';
  /** Who has it, or what the kernel says. */
  readonly message: string;
  /** Another host had it before any router of the group did, as far as this one knows. */
  readonly neverHeld?: true;
}

/** What the engine has counted since its start. */
export interface EngineCounts {
  /** Monotonic counters by name, such as `adverts_sent`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Frames that did not count as adverts, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** ARP and NDP frames that were not answered, by reason. */
  readonly neighborDrops: Readonly<Record<string, number>>;
  /** Datagrams of BFD that did not count, by reason; absent: there were none. */
  readonly bfdDrops?: Readonly<Record<string, number>>;
  readonly lateness: Lateness;
}

export interface EngineReport extends EngineCounts {
  /** How the engine's thread is scheduled; the main thread adds it. */
  readonly scheduling?: Scheduling;
  readonly members: readonly MemberReport[];
}

/** Of how many groups figures are given in a turn: that takes a fraction of a millisecond, for which adverts wait. */
export const groupsAtOnce = 128;

/** What a scrape shows of the engine itself. */
export interface OwnFigures extends EngineCounts {
  readonly silences: Silences;
}

/** And of its groups. */
export interface EngineFigures extends OwnFigures {
  readonly scheduling?: Scheduling;
  readonly groups: GroupColumns;
}

/** The states of a member, in the order in which figures have them. */
export const memberStates = ['Initialize', 'Backup', 'Active'] as const satisfies readonly State[];

/**
 * An entry for each group in every list but the last: rows would take many times as long to hand over, and lists of objects or strings longer
 * than numbers.
 */
export interface GroupColumns {
  readonly names: readonly string[];
  /** As many entries for each as there are `memberStates`: 1 for the one that it is in, else 0. */
  readonly states: Float64Array;
  readonly priorities: Float64Array;
  /** How many addresses this node answers for. */
  readonly held: Float64Array;
  /** How often this node has come to lead it. */
  readonly leaderships: Float64Array;
  /** 1: this node leads it, or hears who does; else 0. */
  readonly led: Float64Array;
  /** Of the groups in which this node takes no part, or only in part, the types of the reasons. */
  readonly reasons: readonly (readonly [group: string, types: readonly string[]])[];
}
