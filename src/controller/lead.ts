/** What a controller does while it leads. */
import type { Clock } from '../platform/kubernetes/clock.js';
import { follow } from './follow.js';
import type { Agents } from './liveness/agents.js';
import { askByHttp } from './liveness/ask-by-http.js';
import { openHeardLease } from './liveness/heard-lease.js';
import { internalAddress } from './nodes/internal-address.js';
import type { Node } from './objects/builtin-objects.js';
import type { ControllerState } from './state.js';

/** How long a leader waits for the first list of the agents' Leases, in milliseconds. */
const patienceMs = 2_000;

/** Resolves when `signal` has aborted and what was under way has ended; rejects where the watches end before all was read. */
export async function lead(state: ControllerState, signal: AbortSignal): Promise<void> {
  const { world, agents, context, exclusions, services, holderEvents, faulty, tasks } = state;
  await Promise.all([world.synced, heard(agents, context.clock)]);
  if (signal.aborted) return;
  exclusions.news();
  services.load();
  holderEvents.begin();
  faulty.begin();
  tasks.open(state.byTask);
  follow(state, { of: 'leadership' });
  const askNoMore = askAgents(state);
  await aborted(signal);
  askNoMore();
  const closed = tasks.close();
  holderEvents.end();
  faulty.end();
  await closed;
}

function askAgents({ signer, agents, world, context }: ControllerState): () => void {
  if (signer === undefined) return () => {};
  const { client, clock, log, settings } = context;
  const { namespace } = settings;
  const lease = openHeardLease({ client, namespace, clock, log });
  const end = agents.ask({ signer, hostOf: (node) => hostOf(world.node(node)), ask: askByHttp, say: lease.write });
  return () => {
    end();
    lease.close();
  };
}

/** As a URL has it. */
function hostOf(node: Node | undefined): string | undefined {
  const v6 = internalAddress(node, 6);
  return internalAddress(node, 4) ?? (v6 && `[${v6}]`);
}

/** What agents say of their NICs decides which groups share a LAN: that is waited for, though not where the Leases cannot be read. */
function heard({ synced }: Agents, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    synced.then(done, done);
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
