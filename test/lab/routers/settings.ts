/** What a lab's router is to do, whichever program it is; each program's own file makes its configuration of it. */
export interface RouterSettings {
  /** 1..4294967295 */
  readonly as: number;
  /** The BGP Identifier, as a dotted quad; the host's IPv4 address when absent. */
  readonly identifier?: string;
  readonly neighbors: readonly NeighborSettings[];
  /** Seconds that are proposed; a third of it lies between KEEPALIVEs. 9 when absent. */
  readonly holdTime?: number;
  /** How many paths of one prefix go to the kernel; 16 when absent. */
  readonly maximumPaths?: number;
  /** What it announces itself: prefixes such as `192.0.2.1/32`. Programs that install nothing, and speakers of benchmarks. */
  readonly announces?: readonly string[];
}

/** What it is to do, in its own language instead. */
export interface OwnConfiguration {
  readonly lines: readonly string[];
}

/** Whom it takes sessions from. */
export type NeighborLocation =
  | { readonly address: string }
  /** Whoever connects from there; it never connects itself. */
  | { readonly range: string }
  /** Whoever is found on that NIC by its router advertisements (unnumbered; FRR). */
  | { readonly interface: string };

export interface NeighborSettings {
  readonly at: NeighborLocation;
  readonly as: number | 'external' | 'internal';
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  readonly bfd?: { readonly intervalMs: number; readonly multiplier: number };
  /** For TCP-MD5. */
  readonly password?: string;
  /** Sends TTL 255 and takes nothing else (RFC 5082). */
  readonly ttlSecurity?: boolean;
  /** It may be so many hops away; with `source` the router's own address of the session. */
  readonly multihop?: { readonly hops: number; readonly source: string };
  /** Waits for the neighbour's connections only. */
  readonly passive?: boolean;
  /** The neighbour's TCP port; 179 when absent. */
  readonly port?: number;
  /** IPv4 routes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop?: boolean;
}

/** The defaults that all configurations have in common. */
export const defaults = { holdTime: 9, maximumPaths: 16, families: ['ipv4', 'ipv6'] } as const;

/** How a router sees one of its neighbours. */
export interface Neighbor {
  readonly address: string;
  readonly as: number;
  readonly state: 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';
  /** How many routes of each family it has from there. */
  readonly received: { readonly ipv4: number; readonly ipv6: number };
  /** Undefined when it does not speak BFD with that one, or the program cannot. */
  readonly bfd?: 'Up' | 'Down' | 'Init' | 'AdminDown';
  /** Why the last session ended, in the program's own words. */
  readonly lastError?: string;
}

/** One way to a prefix that a router was told. */
export interface Path {
  /** The next hop; of IPv6 with a link-local one beside it, the global one. */
  readonly nextHop: string;
  /** Whom it is from. */
  readonly from: string;
  /** AS numbers, the neighbour's first. */
  readonly asPath: readonly number[];
  /** Standard communities such as `65535:0`, in no order. */
  readonly communities: readonly string[];
  readonly localPreference?: number;
  readonly med?: number;
  /** Kept over the end of its session (RFC 4724); undefined of BIRD, which does not say. */
  readonly stale?: boolean;
  /** Whether it is the best, or as good; BIRD marks only one, and its kernel protocol joins what is as good. */
  readonly used: boolean;
}

/** The family of a prefix or an address. */
export function familyOf(prefix: string): 'ipv4' | 'ipv6' {
  return prefix.includes(':') ? 'ipv6' : 'ipv4';
}
