/** Makes sure of each silence by asking the store before anybody is told. */
import { heartbeatSelector } from '../../api/heard-lease.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { keepAgentLease } from './agent-lease.js';
import { forgetAllVersions, hearOf, takeWord } from './leases.js';
import { forgetOthers, listenFrom, newestHeard, nextOverdue, overdue, silenceOf } from './silence.js';
import type { AgentsState } from './state.js';

/** After a question that got no answer, in milliseconds. */
const retryMs = 1_000;

export function selectionOf({ namespace }: AgentsState): {
  readonly namespace: string;
  readonly labelSelector: string;
} {
  return { namespace, labelSelector: heartbeatSelector };
}

/** Wakes up when the next agent may be silent. */
export function plan(a: AgentsState, afterMs?: number): void {
  a.cancel?.();
  a.cancel = undefined;
  if (a.stopped || a.asking) return;
  const at = nextOverdue(a.hearing, present(a));
  if (at === undefined) return;
  a.cancel = a.clock.after(Math.max(at - a.clock.now(), afterMs ?? 0), () => void makeSure(a));
}

function present({ hearing, isGone, nodes }: AgentsState): ReadonlySet<string> {
  return new Set([...nodes(), ...[...hearing.beats.keys()].filter(isGone)]);
}

/** The watch may be late: what the store says counts. While it says nothing, nobody is silent who was not before. */
async function makeSure(a: AgentsState): Promise<void> {
  a.cancel = undefined;
  const nodes = present(a);
  forgetOthers(a.hearing, nodes);
  const suspects = overdue(a.hearing, nodes, a.clock.now());
  if (suspects.length === 0) return plan(a);
  a.asking = true;
  const newest = newestHeard(a.hearing);
  try {
    const { items, metadata } = await a.client.list<Lease>(leases, selectionOf(a));
    // It was asked after all that was heard: it has gone back in time, and the watch has not noticed yet.
    if (isOlderVersion(metadata.resourceVersion, newest)) forgetAllVersions(a);
    for (const lease of items.map(keepAgentLease)) if (!takeWord(a, lease)) hearOf(a, lease);
    a.asking = false;
    declare(a, suspects);
    plan(a);
  } catch (error) {
    a.log.debug('cannot ask for the Leases of the agents', { error: String(error) });
    // Whoever could not ask could not be told either.
    listenFrom(a.hearing, a.clock.now());
    a.asking = false;
    plan(a, retryMs);
  }
}

function declare({ clock, hearing, log, onChange, stopped }: AgentsState, suspects: readonly string[]): void {
  if (stopped) return;
  for (const node of overdue(hearing, suspects, clock.now())) {
    hearing.silent.add(node);
    const silence = silenceOf(hearing, node, { now: clock.now(), wall: clock.wall() });
    if (silence?.reason === 'Ended') log.info('an agent has ended', { node });
    else log.warn('an agent is silent: nobody knows what its node holds', { node, reason: silence?.reason });
    onChange(node);
  }
}
