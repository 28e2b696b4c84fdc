/** What a bug report has beyond what is judged: what was said lately, and what the agent here has counted. Never rejects. */
import { agentSocket, askAgent } from '../agent/ask-agent.js';
import { events } from '../platform/kubernetes/builtin-resources.js';
import { openClient } from '../platform/kubernetes/client.js';
import type { Connection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';

/** Events of our kinds and namespace, at most. */
const mostEvents = 500;
const kinds = new Set(['Eip', 'VipGroup', 'BgpPeer', 'BgpConf']);

export async function moreForReport(
  node: string,
  namespace: string,
  connection: Connection | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const ask = (path: string) => askAgent({ socketPath: agentSocket(node) }, path).catch(() => undefined);
  const [history, metrics, told] = await Promise.all([
    ask('/history'),
    ask('/metrics'),
    connection === undefined ? undefined : eventsOf(connection, namespace),
  ]);
  return {
    ...(history === undefined ? {} : { history: json(history) }),
    ...(metrics === undefined ? {} : { metrics: metrics.split('\n') }),
    ...(told === undefined ? {} : { events: told }),
  };
}

interface EventObject {
  readonly regarding?: { readonly kind?: unknown; readonly namespace?: unknown };
}

async function eventsOf(connection: Connection, namespace: string): Promise<unknown> {
  const client = openClient(connection);
  try {
    const { items } = await client.list<EventObject>(events);
    const ours = items.filter(
      ({ regarding }) => kinds.has(String(regarding?.kind)) || regarding?.namespace === namespace,
    );
    return ours.slice(-mostEvents);
  } catch (error) {
    return `they cannot be read: ${describeError(error)}`;
  } finally {
    client.close();
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
