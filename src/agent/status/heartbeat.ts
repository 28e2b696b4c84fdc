/**
 * Says that this agent lives, by a Lease that it renews while its engine moves: what VipGroups say of this node counts for as long.
 * One small write every few seconds for all groups together.
 */
import {
  agentLeaseDurationMs,
  agentLeaseLabels,
  agentLeaseName,
  agentLeaseNode,
  agentLeaseRenewMs,
  agentLeaseScheduling,
  agentLeaseVersion,
} from '../../api/agent-lease.js';
import { type AgentNetwork, agentLeaseNetwork, formatNetwork } from '../../api/agent-network.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, pause, systemClock } from '../../platform/kubernetes/clock.js';
import { ConnectionError } from '../../platform/kubernetes/connection-error.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { microTime } from '../../platform/kubernetes/micro-time.js';
import { parseKey, pathOf } from '../../platform/kubernetes/resource.js';
import type { Scheduling } from '../../platform/linux/scheduling.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import { programVersion } from '../../platform/observability/program-version.js';

/** How often to look whether the engine moves, and to try again what failed, in milliseconds. */
const lookEveryMs = 1_000;
/** The engine takes a turn each second at least: one that took none for this long hangs. In milliseconds. */
const engineStillMs = 2_000;
/** Of one request, in milliseconds: a second one must fit in before others give this agent up. */
const timeoutMs = 3_000;

export interface Heartbeat {
  /** That the API server does not answer, since when and why; undefined while it does, or answers no. */
  problem(): string | undefined;
  /** What the API server says that does not take it, and what to do about that where it lacks rights; undefined while it does, or does not answer. */
  refused(): string | undefined;
  /** Ends it. What the Lease says from then on: this agent has ended. Never rejects. */
  stop(): Promise<void>;
}

/**
 * @param o.network the node's subnets and gateways, said along with it
 * @param o.scheduling how the kernel schedules the engine, said along with it; undefined until the engine has started
 * @param o.turns how many turns the engine has taken: a number that grows while it moves
 */
export function startHeartbeat(o: {
  readonly client: ApiClient;
  readonly node: string;
  readonly namespace: string;
  readonly turns: () => number;
  readonly network: () => AgentNetwork;
  readonly scheduling: () => Scheduling['policy'] | undefined;
  readonly log: Logger;
  readonly clock?: Clock;
}): Heartbeat {
  const clock = o.clock ?? systemClock;
  // A heartbeat must not queue behind what is written about groups.
  const client = o.client.reopen();
  const key = `${o.namespace}/${agentLeaseName(o.node)}`;
  const ending = new AbortController();
  const began = microTime(clock.wall());
  let engine = { turns: Number.NaN, movedAt: Number.NEGATIVE_INFINITY };
  let renewedAt = Number.NEGATIVE_INFINITY;
  /** What is wrong, once it has been said. */
  let failure: unknown;
  let writtenAt: string | undefined;

  const engineMoves = (): boolean => {
    const turns = o.turns();
    if (turns !== engine.turns) engine = { turns, movedAt: clock.now() };
    return clock.now() - engine.movedAt < engineStillMs;
  };

  const spec = (holderIdentity: string): Lease['spec'] => ({
    holderIdentity,
    leaseDurationSeconds: agentLeaseDurationMs / 1000,
    acquireTime: began,
    renewTime: microTime(clock.wall()),
  });

  async function write(holderIdentity: string, signal?: AbortSignal): Promise<void> {
    const body = {
      metadata: {
        labels: agentLeaseLabels,
        annotations: {
          [agentLeaseNode]: o.node,
          [agentLeaseNetwork]: formatNetwork(o.network()),
          [agentLeaseVersion]: programVersion().version,
          [agentLeaseScheduling]: o.scheduling(),
        },
      },
      spec: spec(holderIdentity),
    };
    try {
      const path = pathOf(leases, parseKey(key));
      await client.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body,
        timeoutMs,
        signal,
      });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      const metadata = { ...body.metadata, name: agentLeaseName(o.node), namespace: o.namespace };
      await client.create(leases, { ...body, metadata });
    }
  }

  async function renew(): Promise<void> {
    const startedAt = clock.now();
    try {
      await write(o.node, ending.signal);
      renewedAt = startedAt;
      writtenAt = new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z');
      if (failure !== undefined) o.log.info('the heartbeat is written again', { lease: key });
      failure = undefined;
    } catch (error) {
      if (ending.signal.aborted) return;
      if (failure === undefined)
        o.log.warn('the heartbeat is not written: what is shown of this node ages', {
          lease: key,
          error: describeError(error),
        });
      failure = error;
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      if (engineMoves() && clock.now() - renewedAt >= agentLeaseRenewMs) await renew();
      await pause(clock, lookEveryMs, ending.signal);
    }
  }

  const running = run();
  return {
    problem() {
      if (!(failure instanceof ConnectionError)) return undefined;
      const since = writtenAt === undefined ? '' : ` since ${writtenAt}`;
      return `no heartbeat reached the API server${since}: ${describeError(failure)}`;
    },
    refused() {
      if (failure === undefined || failure instanceof ConnectionError) return undefined;
      const forbidden = hasStatus(failure, 401) || hasStatus(failure, 403);
      const remedy = forbidden ? 'see that the agent has the rights that the chart gives it: ' : '';
      return `the API server refuses the heartbeat, and what is shown of this node ages: ${remedy}${describeError(failure)}`;
    },
    async stop() {
      ending.abort();
      await running;
      try {
        if (renewedAt !== Number.NEGATIVE_INFINITY) await write('');
      } catch (error) {
        o.log.debug('the last heartbeat was not written', { lease: key, error: describeError(error) });
      } finally {
        client.close();
      }
    },
  };
}
