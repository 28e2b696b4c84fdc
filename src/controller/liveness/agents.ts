/** Which agents live: their Leases watched, and each silence made sure of by asking the store before anybody is told. */
import { namesFamily } from '../../api/agent-lease.js';
import type { AgentNetwork } from '../../api/agent-network.js';
import type { Silence } from '../../api/silent-agents.js';
import type { Family } from '../../core/ip/address.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import type { ObjectMeta } from '../../platform/kubernetes/resource.js';
import { admitAgentLease } from './agent-lease.js';
import { type AskingOptions, startAsking } from './asking.js';
import { forgetAllVersions, gone, hearOf, noteAsked, noteKeeping, noteNetwork, takeWord } from './leases.js';
import { plan, selectionOf } from './make-sure.js';
import { listenFrom, nodeOf, silenceOf } from './silence.js';
import { type AgentsOptions, type AgentsState, newAgentsState } from './state.js';

export interface Agents {
  /** Why nothing is known of a node's agent; undefined while it is heard of, or not known to be silent. */
  silence(node: string): Silence | undefined;
  /** The networks of a node, as its agent says; `untold`: it does not; undefined: the node has never had an agent. */
  network(node: string): AgentNetwork | 'untold' | undefined;
  /** When a node's agent was heard of last, in monotonic milliseconds; undefined: never, or it has ended. */
  heardAt(node: string): number | undefined;
  /** When the agent that was heard of last began, by its own clock, in milliseconds since 1970; undefined: it is not known. */
  beganMs(node: string): number | undefined;
  /** Whether connections through addresses of a family go on when these move to a node, as its agent says. */
  keepsConnections(node: string, family: Family): boolean;
  /** The nodes whose agents are known to be silent. */
  silent(): Iterable<string>;
  /** Agents that are heard of, and those that are not, by node. */
  counts(): { readonly heard: number; readonly silent: number };
  /** What agents say of the networks of their nodes, silent ones too: that stays while their Lease does. */
  networks(): Iterable<readonly [node: string, network: AgentNetwork]>;
  /** Look again who is silent: other nodes matter now. */
  look(): void;
  /** Begins to ask them whether they live. @returns what ends that */
  ask(o: AskingOptions): () => void;
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

/** @param o.onProblem hears what is wrong with a Lease, which is left out; undefined: nothing any more */
export function watchAgents(
  client: ApiClient,
  o: AgentsOptions & { readonly onProblem: (lease: ObjectMeta, problem: string | undefined) => void },
): Agents {
  const a = newAgentsState(client, o);
  const { clock, hearing, networks } = a;
  a.look = () => {
    if (a.cancel === undefined) plan(a);
  };
  const cache: Cache<Lease> = startCache<Lease>(client, leases, {
    ...selectionOf(a),
    log: a.log,
    clock,
    admit: admitAgentLease,
    onProblem: o.onProblem,
    onChange: (_key, lease, previous) => {
      if (cache.lastList().history !== a.history) forgetAllVersions(a);
      a.history = cache.lastList().history;
      changed(a, lease, previous);
    },
  });
  cache.synced.then(
    () => {
      listenFrom(hearing, clock.now());
      plan(a);
    },
    () => {},
  );
  return {
    silent: () => hearing.silent,
    silence: (node) => silenceOf(hearing, node, { now: clock.now(), wall: clock.wall() }),
    heardAt: (node) => {
      const beat = hearing.beats.get(node);
      return beat?.ended === false ? beat.heardAt : undefined;
    },
    beganMs: (node) => hearing.beats.get(node)?.beganMs,
    network: (node) => networks.get(node)?.network,
    keepsConnections: (node, family) => namesFamily(a.keeping.get(node) ?? '', family),
    counts: () => {
      const heard = [...hearing.beats].filter(([node, { ended }]) => !ended && !hearing.silent.has(node)).length;
      return { heard, silent: hearing.silent.size };
    },
    *networks() {
      for (const [node, { network }] of networks) if (network !== 'untold') yield [node, network];
    },
    look: a.look,
    ask: (asking) => startAsking(a, asking),
    synced: cache.synced,
    stop: async () => {
      a.stopped = true;
      a.cancel?.();
      await cache.stop();
    },
  };
}

function changed(a: AgentsState, lease: Lease | undefined, previous: Lease | undefined): void {
  if (lease !== undefined && takeWord(a, lease)) return;
  const node = previous && nodeOf(previous);
  if (lease !== undefined) {
    noteNetwork(a, lease);
    hearOf(a, lease);
    noteKeeping(a, lease);
    noteAsked(a, lease);
  } else if (node !== undefined) gone(a, node);
  // The common case, a renewal, changes nothing about when to look next but to put it off.
  if (a.cancel === undefined || !lease?.spec?.holderIdentity) plan(a);
}
