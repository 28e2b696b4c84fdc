/** Whether the DaemonSet that runs the agents is there to stay, asked once, when an agent is told to stop. */
import { conform } from '../../api/conform.js';
import { isAbsent } from '../../platform/kubernetes/api-error.js';
import { daemonSets } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { parseKey, pathOf } from '../../platform/kubernetes/resource.js';
import { describeError, type Logger } from '../../platform/observability/log.js';

/** The answer is waited for no longer than this: the agent is to stop, in milliseconds. */
const timeoutMs = 1_000;

const shape = {
  type: 'object',
  properties: { metadata: { type: 'object', properties: { deletionTimestamp: { type: 'string' } } } },
} as const;

/** Undefined when that cannot be found out. @param key `namespace/name` */
export async function daemonSetState(
  client: ApiClient,
  key: string,
  log: Pick<Logger, 'warn'>,
): Promise<'stays' | 'goes' | undefined> {
  try {
    const answer = await client.request({ method: 'GET', path: pathOf(daemonSets, parseKey(key)), timeoutMs });
    const found = conform<{ metadata?: { deletionTimestamp?: string } }>(shape, answer).value;
    return found?.metadata?.deletionTimestamp === undefined ? 'stays' : 'goes';
  } catch (error) {
    if (isAbsent(error)) return 'goes';
    log.warn('not known whether another agent follows: routers are asked to keep the routes for it', {
      daemonSet: key,
      error: describeError(error),
    });
    return undefined;
  }
}
