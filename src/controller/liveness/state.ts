/** What is known of agents, and when it is looked at again: one record, which the functions beside it work on. */
import type { AgentNetwork } from '../../api/agent-network.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import { type Hearing, newHearing } from './silence.js';

export interface AgentsOptions {
  readonly namespace: string;
  /** The nodes of whose agents something is said somewhere. */
  readonly nodes: () => Iterable<string>;
  /** Whether there is no such node (any more): its Lease is what is left of it. */
  readonly isGone: (node: string) => boolean;
  /** An agent fell silent, or is heard of again, or keeps connections of other families than before. */
  readonly onChange: (node: string) => void;
  /** An agent says something else of its node's networks. */
  readonly onNetwork: () => void;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface AgentsState extends Required<AgentsOptions> {
  readonly client: ApiClient;
  readonly hearing: Hearing;
  /** What each agent's Lease says of its node's networks, and what that was made from. */
  readonly networks: Map<string, { readonly text: string | undefined; readonly network: AgentNetwork | 'untold' }>;
  /** By node: the families of which its agent keeps connections, as its Lease says. */
  readonly keeping: Map<string, string>;
  /** By node: how its agent is asked whether it lives, as its Lease says. */
  readonly asked: Map<string, { readonly key: string; readonly port: number }>;
  /** Ends the wait for the next agent that may be silent, while there is one. */
  cancel: (() => void) | undefined;
  stopped: boolean;
  /** The version of the last word of the controller that leads, of whom it hears; undefined: none was seen yet. */
  wordVersion: string | undefined;
  /** Looks when the next one may be silent, unless that is planned. */
  look: () => void;
  /** Agents are asked from here: this controller leads. */
  asks: boolean;
  /** Of the store that the versions are of. */
  history: number;
  /** The store is being asked. */
  asking: boolean;
}

export function newAgentsState(client: ApiClient, o: AgentsOptions): AgentsState {
  const later = {
    cancel: undefined,
    stopped: false,
    asks: false,
    wordVersion: undefined,
    look: () => {},
    history: 0,
    asking: false,
  };
  return {
    ...o,
    clock: o.clock ?? systemClock,
    client,
    hearing: newHearing(),
    networks: new Map(),
    keeping: new Map(),
    asked: new Map(),
    ...later,
  };
}
