/** Which agents live: their Leases watched, and each silence made sure of by asking the store before anybody is told. */
import { agentLeaseSelector } from '../../api/agent-lease.js';
import { type AgentNetwork, agentLeaseNetwork, parseNetwork } from '../../api/agent-network.js';
import type { Metadata } from '../../api/metadata.js';
import type { Silence } from '../../api/silent-agents.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import type { ObjectMeta } from '../../platform/kubernetes/resource.js';
import { admitAgentLease, keepAgentLease } from './agent-lease.js';
import {
  deleted,
  forget,
  forgetOthers,
  forgetVersions,
  hear,
  listenFrom,
  newHearing,
  nextOverdue,
  nodeOf,
  overdue,
  silenceOf,
} from './silence.js';

export interface Agents {
  /** Why nothing is known of a node's agent; undefined while it is heard of, or not known to be silent. */
  silence(node: string): Silence | undefined;
  /** The networks of a node, as its agent says; `untold`: it does not; undefined: the node has never had an agent. */
  network(node: string): AgentNetwork | 'untold' | undefined;
  /** When a node's agent was heard of last, in monotonic milliseconds; undefined: never, or it has ended. */
  heardAt(node: string): number | undefined;
  /** The nodes whose agents are known to be silent. */
  silent(): Iterable<string>;
  /** Agents that are heard of, and those that are not, by node. */
  counts(): { readonly heard: number; readonly silent: number };
  /** What agents say of the networks of their nodes, silent ones too: that stays while their Lease does. */
  networks(): Iterable<readonly [node: string, network: AgentNetwork]>;
  /** Look again who is silent: other nodes matter now. */
  look(): void;
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

/** After a question that got no answer, in milliseconds. */
const retryMs = 1_000;

/**
 * @param o.nodes the nodes of whose agents something is said somewhere
 * @param o.isGone whether there is no such node (any more): its Lease is what is left of it
 * @param o.onChange an agent fell silent, or is heard of again
 */
export function watchAgents(
  client: ApiClient,
  o: {
    readonly namespace: string;
    readonly nodes: () => Iterable<string>;
    readonly isGone: (node: string) => boolean;
    readonly onChange: (node: string) => void;
    /** An agent says something else of its node's networks. */
    readonly onNetwork: () => void;
    /** What is wrong with a Lease, which is left out; undefined: nothing any more. */
    readonly onProblem: (lease: ObjectMeta, problem: string | undefined) => void;
    readonly log: Log;
    readonly clock?: Clock;
  },
): Agents {
  const clock = o.clock ?? systemClock;
  const hearing = newHearing();
  const selection = { namespace: o.namespace, labelSelector: agentLeaseSelector };
  let cancel: (() => void) | undefined;
  let stopped = false;
  let asking = false;
  /** Of the store that the versions are of. */
  let history = 0;
  const networks = new Map<string, { readonly text: string | undefined; readonly network: AgentNetwork | 'untold' }>();

  const note = (lease: Lease) => {
    const node = nodeOf(lease);
    if (node === undefined) return;
    const text = (lease.metadata as Metadata).annotations?.[agentLeaseNetwork];
    const known = networks.get(node);
    if (known !== undefined && known.text === text) return;
    networks.set(node, { text, network: parseNetwork(text) ?? 'untold' });
    o.onNetwork();
  };

  const nodes = (): ReadonlySet<string> => new Set([...o.nodes(), ...[...hearing.beats.keys()].filter(o.isGone)]);

  const take = (lease: Lease) => {
    const back = hear(hearing, lease, clock.now());
    if (back === undefined) return;
    o.log.info('an agent is heard of again', { node: back });
    o.onChange(back);
  };

  /** Its Lease is gone. With the node gone, too, nothing is left to be known of it. */
  const end = (node: string) => {
    deleted(hearing, node, clock.now());
    if (o.isGone(node) && ![...o.nodes()].includes(node)) forget(hearing, node);
  };

  const cache: Cache<Lease> = startCache<Lease>(client, leases, {
    ...selection,
    log: o.log,
    clock,
    admit: admitAgentLease,
    onProblem: o.onProblem,
    onChange: (_key, lease, previous) => {
      if (cache.lastList().history !== history) forgetVersions(hearing);
      history = cache.lastList().history;
      const node = previous && nodeOf(previous);
      if (lease !== undefined) {
        note(lease);
        take(lease);
      } else if (node !== undefined) {
        if (networks.delete(node)) o.onNetwork();
        end(node);
      }
      // The common case, a renewal, changes nothing about when to look next but to put it off.
      if (cancel === undefined || !lease?.spec?.holderIdentity) plan();
    },
  });
  cache.synced.then(
    () => {
      listenFrom(hearing, clock.now());
      plan();
    },
    () => {},
  );

  /** Wakes up when the next agent may be silent. */
  function plan(afterMs?: number): void {
    cancel?.();
    cancel = undefined;
    if (stopped || asking) return;
    const at = nextOverdue(hearing, nodes());
    if (at === undefined) return;
    cancel = clock.after(Math.max(at - clock.now(), afterMs ?? 0), () => void makeSure());
  }

  /** The watch may be late: what the store says counts. While it says nothing, nobody is silent who was not before. */
  async function makeSure(): Promise<void> {
    cancel = undefined;
    const present = nodes();
    forgetOthers(hearing, present);
    const suspects = overdue(hearing, present, clock.now());
    if (suspects.length === 0) return plan();
    asking = true;
    try {
      const { items } = await client.list<Lease>(leases, selection);
      for (const lease of items) take(keepAgentLease(lease));
      asking = false;
      declare(suspects);
      plan();
    } catch (error) {
      o.log.debug('cannot ask for the Leases of the agents', { error: String(error) });
      // Whoever could not ask could not be told either.
      listenFrom(hearing, clock.now());
      asking = false;
      plan(retryMs);
    }
  }

  function declare(suspects: readonly string[]): void {
    if (stopped) return;
    for (const node of overdue(hearing, suspects, clock.now())) {
      hearing.silent.add(node);
      const silence = silenceOf(hearing, node, { now: clock.now(), wall: clock.wall() });
      if (silence?.reason === 'Ended') o.log.info('an agent has ended', { node });
      else o.log.warn('an agent is silent: nobody knows what its node holds', { node, reason: silence?.reason });
      o.onChange(node);
    }
  }

  return {
    silent: () => hearing.silent,
    silence: (node) => silenceOf(hearing, node, { now: clock.now(), wall: clock.wall() }),
    heardAt: (node) => {
      const beat = hearing.beats.get(node);
      return beat?.ended === false ? beat.heardAt : undefined;
    },
    network: (node) => networks.get(node)?.network,
    counts: () => {
      const heard = [...hearing.beats].filter(([node, { ended }]) => !ended && !hearing.silent.has(node)).length;
      return { heard, silent: hearing.silent.size };
    },
    *networks() {
      for (const [node, { network }] of networks) if (network !== 'untold') yield [node, network];
    },
    look: () => {
      if (cancel === undefined) plan();
    },
    synced: cache.synced,
    stop: async () => {
      stopped = true;
      cancel?.();
      await cache.stop();
    },
  };
}
