/** The condition in a Service's status that says why it waits for an address: there while it waits, and only then. */
import type { Decision } from '../../core/ipam/decision.js';
import { createTokenBucket } from '../../platform/kubernetes/token-bucket.js';
import type { Condition, Service } from '../objects/builtin-objects.js';

export const addressAllocated = 'network.kubesphere.io/AddressAllocated';

/** Kubernetes takes 32768 characters; nobody reads that many, and what a Service asks for may be in it. */
const longestMessage = 1024;

/**
 * How many are written in a second at most where nothing else of the Service is: a change of one Eip may be one of the reason of
 * thousands. The burst is for what people look at at once.
 */
const rate = { perSecond: 50, burst: 100 };

/** The reason for waiting: as in the Event. Undefined: it has what it asks for. */
export function reasonToWait(decision: Decision, keeps: string): Pick<Condition, 'reason' | 'message'> | undefined {
  if (decision.outcome !== 'refused') return undefined;
  const { reason, message } = decision.refusal;
  return { reason, message: shortened(keeps === '' ? message : `${message} (it keeps ${keeps})`) };
}

/**
 * The whole list of conditions as it should be, those of others as they are; undefined when it is so already, or those of others
 * are not known whole: the Event alone says it then.
 *
 * @param why undefined: it waits for nothing, or is not ours
 * @param now RFC 3339
 */
export function conditionsChange(
  { status, conditionsUnread }: Service,
  why: Pick<Condition, 'reason' | 'message'> | undefined,
  now: string,
): readonly Condition[] | undefined {
  if (conditionsUnread === true) return undefined;
  const present = status?.conditions ?? [];
  const ours = present.filter(({ type }) => type === addressAllocated);
  const others = present.filter(({ type }) => type !== addressAllocated);
  if (why === undefined) return ours.length === 0 ? undefined : others;
  const [former] = ours;
  const same = former?.status === 'False' && former.reason === why.reason && former.message === why.message;
  if (same && ours.length === 1) return undefined;
  const lastTransitionTime = (former?.status === 'False' ? former.lastTransitionTime : undefined) ?? now;
  return [...others, { type: addressAllocated, status: 'False', ...why, lastTransitionTime }];
}

export interface ConditionKeeper {
  /** What is to be written of them; undefined: nothing, or the server would not keep it. */
  change(service: Service, why: Pick<Condition, 'reason' | 'message'> | undefined): readonly Condition[] | undefined;
  /** In how many milliseconds the conditions of this Service may be written alone; 0: now, which counts as done. Asked again, it keeps its turn. */
  pauseMs(key: string): number;
  /** The Service needs no turn, or is gone. */
  forget(key: string): void;
  /**
   * What the server made of them. Some servers (1.20 to 1.23 by default) drop them: those are asked again rarely, with a few
   * Services, since they may be upgraded.
   *
   * @returns in how many milliseconds the Services that wait are to be looked at for that; undefined: not at all
   */
  written(conditions: readonly Condition[], answer: Service): number | undefined;
  /** In how many milliseconds a server that dropped conditions may be asked again, > 0; undefined: now, or it need not be. */
  recheckMs(): number | undefined;
}

/** How long a server that dropped conditions is not sent any, in milliseconds. */
const recheckMs = 600_000;

/** @param clock `now` in milliseconds, `wall` in milliseconds since 1970 */
export function createConditionKeeper(clock: { now(): number; wall(): number }): ConditionKeeper {
  const bucket = createTokenBucket(rate);
  /** When a server that drops them may be asked again; undefined: it keeps them, as far as is known. */
  let askAgainAt: number | undefined;
  /** When whose turn is, of those that wait for one. */
  const turns = new Map<string, number>();
  return {
    change: (service, why) =>
      why === undefined || askAgainAt === undefined || clock.now() >= askAgainAt
        ? conditionsChange(service, why, `${new Date(clock.wall()).toISOString().slice(0, 19)}Z`)
        : undefined,
    pauseMs: (key) => {
      const now = clock.now();
      const turn = turns.get(key) ?? now + bucket.reserve(now);
      if (turn > now) turns.set(key, turn);
      else turns.delete(key);
      return Math.max(turn - now, 0);
    },
    forget: (key) => {
      turns.delete(key);
    },
    written: (conditions, answer) => {
      if (!hasOurs(conditions)) return undefined;
      const wasDropping = askAgainAt !== undefined;
      askAgainAt = hasOurs(answer.status?.conditions ?? []) ? undefined : clock.now() + recheckMs;
      if (askAgainAt !== undefined) return recheckMs;
      return wasDropping ? 0 : undefined;
    },
    recheckMs: () => {
      const ms = (askAgainAt ?? Number.NEGATIVE_INFINITY) - clock.now();
      return ms > 0 ? ms : undefined;
    },
  };
}

function hasOurs(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type }) => type === addressAllocated);
}

function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}
