/**
 * What waits to be told to the main thread. That one may stand still for as long as it likes; the engine goes on, so what it has to tell
 * must not grow without bound meanwhile.
 */
import type { EngineEvent } from './messages.js';

/** Messages that the main thread has not taken yet; while there are so many, nothing more is sent. */
const mostUnheard = 32;
/** Of what may be lost, so many are kept: the newest. */
const mostKept = 1_000;

export interface Outbox {
  readonly events: EngineEvent[];
  /** Messages sent so far. */
  sent: number;
  /** Events that were dropped so far, and how many of them the main thread was told of. */
  dropped: number;
  told: number;
}

export function emptyOutbox(): Outbox {
  return { events: [], sent: 0, dropped: 0, told: 0 };
}

/**
 * What is to be sent now; undefined when that is nothing, or the main thread stands still.
 *
 * @param heard how many messages the main thread has taken so far
 */
export function takeOut(outbox: Outbox, heard: number): readonly EngineEvent[] | undefined {
  const { events } = outbox;
  if (events.length === 0) return undefined;
  if (outbox.sent - heard >= mostUnheard) {
    if (events.length > 2 * mostKept) condense(outbox);
    return undefined;
  }
  const lost = outbox.dropped - outbox.told;
  outbox.told = outbox.dropped;
  outbox.sent++;
  const message = 'the main thread stood still: events of the engine were dropped';
  const told: EngineEvent[] = lost === 0 ? [] : [{ type: 'log', level: 'warn', message, fields: { events: lost } }];
  return [...events.splice(0), ...told];
}

/** Of what is said of each member, and who leads it, the last says how it is; and nobody misses the oldest lines of a log as much as the newest. */
function condense(outbox: Outbox): void {
  const { events } = outbox;
  const latest = new Map(
    events.filter(isOfMember).map((event) => [`${event.type} ${event.group}`, event as EngineEvent] as const),
  );
  let surplus = events.filter(mayBeLost).length - mostKept;
  outbox.dropped += Math.max(surplus, 0);
  const kept = events.filter((event) =>
    isOfMember(event) ? latest.get(`${event.type} ${event.group}`) === event : !mayBeLost(event) || surplus-- <= 0,
  );
  events.splice(0, events.length, ...kept);
}

function isOfMember(event: EngineEvent): event is EngineEvent & { readonly type: 'member' | 'leader' } {
  return event.type === 'member' || event.type === 'leader';
}

/** What is only told. Others ask for something to be done, answer, or say how things are. */
function mayBeLost({ type }: EngineEvent): boolean {
  return type === 'log' || type === 'transition' || type === 'sighting';
}
