/**
 * What the web view and its page say to each other. Types alone: the page is compiled for browsers, the rest for Node.js.
 * Instants are milliseconds since 1970 by the clock of whoever said so: an agent for what it reports, the controller for the rest.
 */

/** What may be seen: the kinds of objects that a user may list in all namespaces. */
export interface Rights {
  readonly eips: boolean;
  readonly vipgroups: boolean;
  readonly services: boolean;
  readonly nodes: boolean;
  readonly bgppeers: boolean;
}

export type Kind = keyof Rights;

/** The cluster as it is. Each list is sorted by name, and has each name once. */
export interface View {
  /** Why what is shown may be out of date: the API server is not heard of; absent: it is. */
  readonly outOfTouch?: string;
  readonly pools: readonly PoolView[];
  readonly groups: readonly GroupView[];
  readonly nodes: readonly NodeView[];
  readonly routers: readonly RouterView[];
}

export interface PoolView {
  readonly name: string;
  readonly protocol: 'bgp' | 'layer2' | 'vip';
  /** `spec.address`. */
  readonly addresses: string;
  readonly size: number;
  readonly used: number;
  /** Addresses that are nobody's to have; `size` counts them. */
  readonly leftOut: number;
  readonly disabled: boolean;
  /** Why it gives out nothing; absent: it does. */
  readonly fault?: string;
  /** Address to `namespace/name` of its Services, joined by semicolons. */
  readonly services: Readonly<Record<string, string>>;
}

export interface GroupView {
  readonly name: string;
  readonly pool?: string;
  readonly protocol: 'bgp' | 'layer2' | 'vip';
  readonly virtualRouterId?: number;
  /** The first of them; `addressCount` says how many there are. */
  readonly addresses: readonly string[];
  readonly addressCount: number;
  /** The nodes that answer for the addresses, or have told routers of them. */
  readonly holders: readonly string[];
  /** `held`: by all that are to; `partly`: by some, or not all addresses; `electing`: any moment; `unknown`, `nobody`: see `why`. */
  readonly state: 'held' | 'partly' | 'electing' | 'unknown' | 'nobody';
  /** What is wrong, with the remedy. */
  readonly why?: string;
  readonly since?: number;
  /** Why the holder took over. */
  readonly reason?: string;
  readonly transitions?: number;
  readonly members: readonly MemberView[];
  readonly notHeld: readonly { readonly address: string; readonly why: string }[];
  /** What agents warn of. */
  readonly warnings: readonly string[];
}

export interface MemberView {
  readonly node: string;
  readonly state?: string;
  readonly priority: number;
  readonly since?: number;
  readonly interface?: string;
  readonly message?: string;
}

export interface NodeView {
  readonly name: string;
  /** Whether its agent is heard of; `unknown`: there was no time yet to hear of it; `none`: nothing concerns it. */
  readonly agent: 'heard' | 'silent' | 'unknown' | 'none';
  /** Of a silent agent: when it was heard of last. */
  readonly heardAt?: number;
  readonly lastResort?: 'NotReady' | 'Cordoned';
}

export interface RouterView {
  readonly name: string;
  readonly address?: string;
  readonly as?: number;
  readonly fault?: string;
  readonly sessions: readonly SessionView[];
}

export interface SessionView {
  readonly node: string;
  /** As RFC 4271 has it, or Lost. */
  readonly state?: string;
  readonly since?: number;
  readonly prefixes?: number;
  readonly bfd?: string;
  readonly problem?: string;
}

/** Something changed hands. */
export interface Transition {
  /** Ascending, in the order in which the controller heard of them. */
  readonly id: number;
  readonly at: number;
  /** `agent`: a node's agent fell silent (`to` is empty) or is heard of (`to` is the node). `session`: of a router with a node. */
  readonly of: 'group' | 'agent' | 'session';
  /** The name of the group, of the node, or of the router. */
  readonly name: string;
  /** Nodes. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly reason?: string;
  /** What there was before is not known: the controller had just begun to listen. */
  readonly first?: true;
}

/** Of each list: entries that are new or other than before, and the names of those that are gone. */
export interface Change {
  readonly outOfTouch?: string | null;
  readonly put: { readonly [K in Lists]?: View[K] };
  readonly gone: { readonly [K in Lists]?: readonly string[] };
}

export type Lists = 'pools' | 'groups' | 'nodes' | 'routers';

/** The events of the stream, by name. */
export interface StreamEvents {
  /** First, and again when the rights of the user have changed. */
  readonly view: {
    readonly now: number;
    readonly session: Session;
    readonly view: View;
    readonly transitions: readonly Transition[];
  };
  readonly change: { readonly now: number; readonly change: Change; readonly transitions: readonly Transition[] };
  /** Nothing has changed: what is shown is as of now. */
  readonly tick: { readonly now: number };
  /** The stream ends, and why. */
  readonly end: Refusal;
}

export interface Session {
  readonly user: string;
  readonly rights: Rights;
}

/** Why something is not shown, for a person. */
export interface Refusal {
  readonly kind: 'no-token' | 'bad-token' | 'forbidden' | 'busy' | 'unavailable' | 'bad-request';
  readonly problem: string;
  readonly remedy: string;
}
