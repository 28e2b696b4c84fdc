/**
 * How long Services wait for an answer: from when one of ours was first seen without an address until everything that it was given is
 * announced, as far as agents say. What leads already takes a further address within milliseconds of its group's having it.
 */
import type { Context } from '../context/context.js';
import { standingsFor } from '../events/holder-events/tell.js';
import { isOurs } from './ownership.js';

export interface AnswerTimes {
  /** Since when, by Service, by the monotonic clock. */
  readonly waiting: Map<string, number>;
  readonly context: Pick<Context, 'world' | 'assignments' | 'standings' | 'clock' | 'settings'>;
  /** Told of each Service that is answered for, after so many milliseconds. */
  readonly answered: (ms: number) => void;
}

/** The Service has come, has changed, or is gone. */
export function seen({ waiting, context }: AnswerTimes, key: string): void {
  const service = context.world.services.get(key);
  if (service === undefined || !isOurs(service, context.settings.allServices)) waiting.delete(key);
  else if (!waiting.has(key) && (service.status?.loadBalancer?.ingress ?? []).length === 0)
    waiting.set(key, context.clock.now());
}

/** Who announces the addresses of the Service may have changed. */
export function looked({ waiting, context, answered }: AnswerTimes, key: string): void {
  const since = waiting.get(key);
  if (since === undefined) return;
  const standings = standingsFor(context, key);
  const isAnswered = ({ now }: (typeof standings)[number]) =>
    now?.by === 'node' || (now?.by === 'nodes' && now.nodes.length > 0);
  if (standings.length === 0 || !standings.every(isAnswered)) return;
  waiting.delete(key);
  answered(context.clock.now() - since);
}
