/** Who announces the addresses of a group, as far as anybody knows: what is said, and what it is judged by. */
import type { Eip } from '../../api/eip.js';
import type { Silence } from '../../api/silent-agents.js';
import type { Node } from '../objects/builtin-objects.js';
import type { Routing } from '../routers/routing-fault.js';

export type Standing =
  /** `reason`: why that node took over, as in `VipGroup.status`. */
  | { readonly by: 'node'; readonly node: string; readonly reason?: string }
  /** With protocol bgp: these have told routers. */
  | ({ readonly by: 'nodes' } & Announcers)
  /** A node may, and none is known to yet: an election is under way, or was a moment ago. */
  | { readonly by: 'candidates'; readonly nodes: readonly string[] }
  /** A node may do so, or not: those that would know are silent. */
  | { readonly by: 'unknown'; readonly reason: 'AgentSilent'; readonly message: string }
  | { readonly by: 'nobody'; readonly reason: NobodyReason; readonly message: string };

export interface Announcers {
  /** Sorted. */
  readonly nodes: readonly string[];
  /** How many nodes are to. */
  readonly of: number;
  /** How many routers each of them has told, at least and at most. */
  readonly routers: { readonly least: number; readonly most: number };
}

export type NobodyReason =
  | 'NoReadyEndpoint' // externalTrafficPolicy Local, and no Pod is ready
  | 'NoEligibleNode' // rules leave no node that may
  | 'NoAgent' // no agent runs on any node that may
  | 'NoMemberTakesPart' // the agents run, and say why they cannot
  | 'NotLed' // the agents run, and none of them leads for longer than an election takes
  | 'NoGroup' // the address is in no group: why is said
  | 'AddressOfNode' // it is a node's own
  | 'AnsweredElsewhere' // the leader does not take it: another host answers for it
  | 'Refused' // the leader cannot put it in place
  | 'NoBgpConf' // with protocol bgp: there is none that nodes can speak by
  | 'NoBgpPeer' // there is none for a node that may announce it
  | 'NoRouterTold'; // the agents run, and say why no router knows of it

/** What decides who may announce the addresses of a Service. */
export interface Rules {
  readonly eip: Eip;
  readonly nodes: readonly Node[];
  /** The nodes with a ready endpoint, where externalTrafficPolicy is Local; undefined: it is Cluster. */
  readonly ready?: readonly string[];
}

export interface Judgement {
  readonly silence: (node: string) => Silence | undefined;
  /** Whether the group has been without a holder for longer than `electionMs`. */
  readonly settled: boolean;
  /** Asked only when nobody announces it. */
  readonly rules: () => Rules;
  readonly routing: () => Routing;
}
