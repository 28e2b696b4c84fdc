import { microTime } from './micro-time.js';

/**
 * Owns: the shape of an Event in its two APIs. Pure.
 * Source: events.k8s.io/v1 and core/v1 Event; the limits are those of the server's validation.
 */

export type EventType = 'Normal' | 'Warning';

/** What an Event is about. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Who says so. */
export interface EventSource {
  /** A qualified name, as `openelb.io/controller`. */
  readonly component: string;
  /** Which of several, as a pod or node name; at most 128 characters. */
  readonly instance: string;
}

export interface Occurrence {
  readonly regarding: ObjectReference;
  readonly type: EventType;
  /** One CamelCase word, why. */
  readonly reason: string;
  readonly message: string;
  readonly name: string;
  readonly firstWallMs: number;
  readonly lastWallMs: number;
  readonly count: number;
}

const longestNote = 1024;
const longestName = 128;

/** Without apiVersion and kind. `isNew`: for events.k8s.io/v1, otherwise for core/v1. */
export function eventObject(one: Occurrence, namespace: string, source: EventSource, isNew: boolean): object {
  const metadata = { name: one.name, namespace };
  const reportingInstance = source.instance.slice(0, longestName);
  const reason = one.reason.slice(0, longestName);
  if (isNew) {
    return {
      metadata,
      regarding: one.regarding,
      type: one.type,
      reason,
      action: reason,
      note: truncate(one.message),
      eventTime: microTime(one.firstWallMs),
      reportingController: source.component,
      reportingInstance,
      ...(one.count > 1 ? seriesPatch(one, true) : {}),
    };
  }
  return {
    metadata,
    involvedObject: one.regarding,
    type: one.type,
    reason,
    message: truncate(one.message),
    source: { component: source.component, host: source.instance },
    firstTimestamp: second(one.firstWallMs),
    lastTimestamp: second(one.lastWallMs),
    count: one.count,
    reportingComponent: source.component,
    reportingInstance,
  };
}

/** Merge patch that brings an Event's count and last time up to date. */
export function seriesPatch(one: Occurrence, isNew: boolean): object {
  return isNew
    ? { series: { count: one.count, lastObservedTime: microTime(one.lastWallMs) } }
    : { count: one.count, lastTimestamp: second(one.lastWallMs) };
}

/** The limit is in bytes of UTF-8; cut between characters. The result holds on to nothing of a long text that it was cut from. */
export function truncate(message: string): string {
  // A character takes at most three bytes for each of its UTF-16 units.
  if (message.length * 3 <= longestNote) return message;
  // What is cut off anyway need not be encoded.
  const bytes = new TextEncoder().encode(message.slice(0, longestNote + 1));
  if (bytes.length <= longestNote) return message;
  const room = longestNote - '…'.length * 3;
  // A continuation byte (10xxxxxx) at the cut means that the character before it is not whole.
  let end = room;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}…`;
}

function second(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
