/** Examines this node, a cluster, or both: gathers, then judges. */
import { openClient } from '../platform/kubernetes/client.js';
import type { Connection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';
import { clusterChecks } from './cluster/checks.js';
import type { ClusterFacts } from './cluster/facts.js';
import { gatherCluster } from './cluster/gather.js';
import type { Finding } from './finding.js';
import { standingChecks } from './node/checks.js';
import type { NodeFacts } from './node/facts.js';
import { gatherNode } from './node/gather.js';
import { tryChecks } from './node/try-checks.js';

export interface Examined {
  readonly findings: readonly Finding[];
  readonly node: NodeFacts | undefined;
  readonly cluster: ClusterFacts | undefined;
}

/**
 * @param o.connection how to reach the cluster, or why that is not known
 * @param o.nodeWanted whether this host is to be one: without an agent on it, it is left out otherwise
 */
export async function examine(o: {
  readonly node: string;
  readonly nodeWanted: boolean;
  readonly connection: Connection | undefined;
  readonly namespace: string;
}): Promise<Examined> {
  const [node, cluster] = await Promise.all([gatherNode(o.node), o.connection && ofCluster(o.connection, o.namespace)]);
  const isNode = node.agent !== undefined || o.nodeWanted;
  const facts = cluster !== undefined && 'facts' in cluster ? cluster.facts : undefined;
  return {
    findings: [
      ...(cluster !== undefined && 'finding' in cluster ? [cluster.finding] : []),
      ...(facts === undefined ? [] : clusterChecks.flatMap((check) => check(facts))),
      ...(isNode ? [...standingChecks, ...tryChecks].flatMap((check) => check(node)) : []),
    ],
    node: isNode ? node : undefined,
    cluster: facts,
  };
}

async function ofCluster(
  connection: Connection,
  namespace: string,
): Promise<{ readonly facts: ClusterFacts } | { readonly finding: Finding }> {
  const client = openClient(connection);
  try {
    return { facts: await gatherCluster(client, namespace) };
  } catch (error) {
    return {
      finding: {
        check: 'API server',
        severity: 'problem',
        where: connection.server.origin,
        what: describeError(error),
        remedy: 'addresses that are held go on; until it answers, new Services get none',
      },
    };
  } finally {
    client.close();
  }
}
