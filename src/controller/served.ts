/**
 * Waits until the API server has what the controller lives on. One that has just started refuses connections, then knows no custom
 * resources and nobody's rights for a moment; and people install things in any order. A Pod that ended each time would be started anew
 * ever later, by up to five minutes.
 */
import { group, version } from '../api/annotations.js';
import { ApiError } from '../platform/kubernetes/api-error.js';
import { namespaces } from '../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../platform/kubernetes/client.js';
import { type Clock, pause } from '../platform/kubernetes/clock.js';
import { ConnectionError } from '../platform/kubernetes/connection-error.js';
import { type Apis, discover } from '../platform/kubernetes/discovery.js';
import { describeError, type Logger } from '../platform/observability/log.js';
import { eips, vipGroups } from './objects/resources.js';

const askAgainMs = 1_000;

/**
 * @param namespace where the Leases are to be
 * @param o.waiting is told why it waits, each time
 * @throws the reason of `signal` when that aborts
 */
export async function whenServed(
  client: ApiClient,
  namespace: string,
  o: {
    readonly log: Logger;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly waiting: (reason: string) => void;
  },
): Promise<Apis> {
  const { log, clock, signal } = o;
  let said: string | undefined;
  for (let isSettled = true; ; ) {
    const asked = await ask(client, namespace).catch(reasonOf);
    signal.throwIfAborted();
    // Kinds come one after the other: some may be left out, and those of BGP nobody would miss.
    if (typeof asked !== 'string' && isSettled) return asked;
    isSettled = typeof asked !== 'string';
    if (typeof asked === 'string') {
      o.waiting(asked);
      if (asked !== said) log.warn('waiting for the API server', { reason: asked });
      said = asked;
    }
    await pause(clock, askAgainMs, signal);
    signal.throwIfAborted();
  }
}

/** What is not the server's fault, or the way's to it, is thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof ConnectionError) return describeError(error);
  throw error;
}

/** @returns why it is not as it should be yet, in words, or what it has */
async function ask(client: ApiClient, namespace: string): Promise<Apis | string> {
  const apis = await discover(client, { groups: ['', group, 'discovery.k8s.io', 'events.k8s.io'] });
  return missingKinds(apis) ?? (await missingNamespace(client, namespace)) ?? apis;
}

function missingKinds(apis: Apis): string | undefined {
  const missing = [eips, vipGroups].filter(({ plural }) => !apis.has(`${group}/${version}`, plural));
  if (missing.length > 0)
    return `the API server does not know ${missing.map(({ kind }) => kind).join(' and ')} (${group}/${version}): apply the manifests in deploy/crds`;
  // Of our group there may be other versions, which somebody else serves, or does not.
  const unsaid = apis.unavailable.filter((each) => !each.startsWith(`${group}/`));
  return unsaid.length === 0 ? undefined : `the API server does not say what it has of ${unsaid.join(', ')}`;
}

/** Without its namespace there is neither the Lease of the election nor the record of reservations. */
async function missingNamespace(client: ApiClient, namespace: string): Promise<string | undefined> {
  if ((await client.get(namespaces, namespace)) !== undefined) return undefined;
  return `namespace ${namespace}, where the Leases of the leader election and of reservations are to be, does not exist: create it, or name another with --namespace`;
}
