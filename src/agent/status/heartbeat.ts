/**
 * Says that this agent lives, by a Lease that it renews while its engine moves: what VipGroups say of this node counts for as long.
 * One small write every few seconds for all groups together, and within two seconds of a change of what is said along with it.
 */
import {
  agentLeaseDurationMs,
  agentLeaseKeeps,
  agentLeaseLabels,
  agentLeaseName,
  agentLeaseNode,
  agentLeaseRenewMs,
  agentLeaseScheduling,
  agentLeaseVersion,
  formatFamilies,
} from '../../api/agent-lease.js';
import { type AgentNetwork, agentLeaseNetwork, formatNetwork } from '../../api/agent-network.js';
import { heardRenewMs, leaseAskedAt, leaseKey } from '../../api/asking.js';
import type { Family } from '../../core/ip/address.js';
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
/** And whether something else is to be said: to list a thousand addresses costs 2 ms. */
const compareEveryMs = 2_000;
/** The engine takes a turn each second at least: one that took none for this long hangs. In milliseconds. */
const engineStillMs = 2_000;
/** Of one request, in milliseconds: a second one must fit in before others give this agent up. */
const timeoutMs = 3_000;

export interface Heartbeat {
  /** Whether the engine has moved lately. */
  moves(): boolean;
  /** That the API server does not answer, since when and why; undefined while it does, or answers no. */
  problem(): string | undefined;
  /** What the API server says that does not take it, and what to do about that where it lacks rights; undefined while it does, or does not answer. */
  refused(): string | undefined;
  /** Ends it. What the Lease says from then on: this agent has ended. Never rejects. */
  stop(): Promise<void>;
}

/** What an agent says of itself, and by which Lease. */
export interface HeartbeatOptions {
  readonly client: ApiClient;
  readonly node: string;
  readonly namespace: string;
  /** How many turns the engine has taken: a number that grows while it moves. */
  readonly turns: () => number;
  /** The node's subnets and gateways, said along with it. */
  readonly network: () => AgentNetwork;
  /** How the kernel schedules the engine, said along with it; undefined until the engine has started. */
  readonly scheduling: () => Scheduling['policy'] | undefined;
  /** The families of whose addresses connections go on when they move to this node, said along with it. */
  readonly keepsConnections: () => readonly Family[];
  /** Where and how this agent is asked whether it lives; without it, it is not. */
  readonly asked?: { readonly port: number; readonly key: string; readonly isHeard: () => boolean } | undefined;
  readonly log: Logger;
  readonly clock?: Clock;
}

interface State extends Required<Omit<HeartbeatOptions, 'asked'>>, Pick<HeartbeatOptions, 'asked'> {
  /** Of the Lease. */
  readonly key: string;
  /** When this agent began, as a Lease has it. */
  readonly began: string;
  readonly ending: AbortController;
  engine: { readonly turns: number; readonly movedAt: number };
  renewedAt: number;
  /** What the Lease says beside that; empty where it may say something else. */
  said: string;
  comparedAt: number;
  /** What is wrong, once it has been said. */
  failure: unknown;
  writtenAt: string | undefined;
}

export function startHeartbeat(o: HeartbeatOptions): Heartbeat {
  const clock = o.clock ?? systemClock;
  const s: State = {
    ...o,
    clock,
    // A heartbeat must not queue behind what is written about groups.
    client: o.client.reopen(),
    key: `${o.namespace}/${agentLeaseName(o.node)}`,
    began: microTime(clock.wall()),
    ending: new AbortController(),
    engine: { turns: Number.NaN, movedAt: Number.NEGATIVE_INFINITY },
    renewedAt: Number.NEGATIVE_INFINITY,
    said: '',
    comparedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    writtenAt: undefined,
  };
  const running = run(s);
  return {
    moves: () => clock.now() - s.engine.movedAt < engineStillMs,
    problem: () => problem(s),
    refused: () => refused(s),
    async stop() {
      s.ending.abort();
      await running;
      await sayEnd(s);
    },
  };
}

async function run(s: State): Promise<void> {
  while (!s.ending.signal.aborted) {
    if (engineMoves(s) && isDue(s)) await renew(s);
    await pause(s.clock, lookEveryMs, s.ending.signal);
  }
}

function engineMoves(s: State): boolean {
  const turns = s.turns();
  if (turns !== s.engine.turns) s.engine = { turns, movedAt: s.clock.now() };
  return s.clock.now() - s.engine.movedAt < engineStillMs;
}

/** Earlier than by its age where what it says is true no more: groups are placed by it. */
function isDue(s: State): boolean {
  const now = s.clock.now();
  if (now - s.renewedAt >= (s.asked?.isHeard() ? heardRenewMs : agentLeaseRenewMs)) return true;
  if (now - s.comparedAt < compareEveryMs) return false;
  s.comparedAt = now;
  return JSON.stringify(annotationsOf(s)) !== s.said;
}

async function renew(s: State): Promise<void> {
  const startedAt = s.clock.now();
  try {
    await write(s, s.node, s.ending.signal);
    s.renewedAt = startedAt;
    s.writtenAt = new Date(s.clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z');
    if (s.failure !== undefined) s.log.info('the heartbeat is written again', { lease: s.key });
    s.failure = undefined;
  } catch (error) {
    if (s.ending.signal.aborted) return;
    s.said = '';
    if (s.failure === undefined)
      s.log.warn('the heartbeat is not written: what is shown of this node ages', {
        lease: s.key,
        error: describeError(error),
      });
    s.failure = error;
  }
}

async function sayEnd(s: State): Promise<void> {
  try {
    if (s.renewedAt !== Number.NEGATIVE_INFINITY) await write(s, '');
  } catch (error) {
    s.log.debug('the last heartbeat was not written', { lease: s.key, error: describeError(error) });
  } finally {
    s.client.close();
  }
}

async function write(s: State, holderIdentity: string, signal?: AbortSignal): Promise<void> {
  const annotations = annotationsOf(s);
  s.said = JSON.stringify(annotations);
  s.comparedAt = s.clock.now();
  const body = {
    metadata: { labels: agentLeaseLabels, annotations },
    spec: {
      holderIdentity,
      leaseDurationSeconds: agentLeaseDurationMs / 1000,
      acquireTime: s.began,
      renewTime: microTime(s.clock.wall()),
    } satisfies Lease['spec'],
  };
  try {
    const path = pathOf(leases, parseKey(s.key));
    await s.client.request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body,
      timeoutMs,
      signal,
    });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    const metadata = { ...body.metadata, name: agentLeaseName(s.node), namespace: s.namespace };
    await s.client.create(leases, { ...body, metadata });
  }
}

function annotationsOf(s: State): Readonly<Record<string, string | undefined>> {
  return {
    [agentLeaseNode]: s.node,
    [agentLeaseNetwork]: formatNetwork(s.network()),
    [agentLeaseVersion]: programVersion().version,
    [agentLeaseScheduling]: s.scheduling(),
    [agentLeaseKeeps]: formatFamilies(s.keepsConnections()),
    [leaseKey]: s.asked?.key ?? '',
    [leaseAskedAt]: String(s.asked?.port ?? ''),
  };
}

function problem({ failure, writtenAt }: State): string | undefined {
  if (!(failure instanceof ConnectionError)) return undefined;
  const since = writtenAt === undefined ? '' : ` since ${writtenAt}`;
  return `no heartbeat reached the API server${since}: ${describeError(failure)}`;
}

function refused({ failure }: State): string | undefined {
  if (failure === undefined || failure instanceof ConnectionError) return undefined;
  const forbidden = hasStatus(failure, 401) || hasStatus(failure, 403);
  const remedy = forbidden ? 'see that the agent has the rights that the chart gives it: ' : '';
  return `the API server refuses the heartbeat, and what is shown of this node ages: ${remedy}${describeError(failure)}`;
}
