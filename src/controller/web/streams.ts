/**
 * The streams of server-sent events: each begins with the whole view, then hears what changes, within the rights of its user, who is asked
 * for again and again. A view is made only while somebody looks, and once for all.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/kubernetes/clock.js';
import { sameJson } from '../objects/same-json.js';
import type { Verdict } from './access.js';
import type { Refusal, Session, StreamEvents, View } from './contract.js';
import { difference } from './difference.js';
import { visible, visibleTransitions } from './rights.js';
import { lastId, type Ring, since } from './transitions.js';

export interface Streams {
  readonly clock: Clock;
  readonly ring: Ring;
  readonly view: () => View;
  readonly open: Set<Stream>;
  /** Ends the wait for the next round, while there is one. */
  cancel: (() => void) | undefined;
  lastRound: number;
}

export interface Stream {
  readonly response: Pick<ServerResponse, 'write' | 'end' | 'writableLength' | 'destroy'>;
  /** Asks again who looks. */
  readonly ask: () => Promise<Verdict>;
  session: Session;
  seen: View;
  lastId: number;
  /** When the API server said last that this user may look. */
  confirmed: number;
  /** Ends the wait for the next look at that. */
  cancel: () => void;
}

export const mostStreams = 32;
/** Between two rounds, in milliseconds: of changes that come together one is told. */
const restMs = 150;
/** How often who looks is asked for again; that is told, too: what is shown is as of now. In milliseconds. */
const tickMs = 5_000;
/** While the API server does not answer, which is when one looks, those go on looking who might a while ago. */
const trustMs = 300_000;
/** What waits for a reader that does not read, in bytes. */
const mostWaiting = 8 * 1024 * 1024;

export function newStreams(o: Pick<Streams, 'clock' | 'ring' | 'view'>): Streams {
  return { ...o, open: new Set(), cancel: undefined, lastRound: Number.NEGATIVE_INFINITY };
}

/** @param response whose headers are sent. The caller closes the stream when its connection ends */
export function openStream(
  s: Streams,
  response: Stream['response'],
  { session, ask }: { readonly session: Session; readonly ask: Stream['ask'] },
): Stream {
  const now = s.clock.now();
  const stream: Stream = { response, ask, session, seen: nothing, lastId: 0, confirmed: now, cancel: () => {} };
  s.open.add(stream);
  showAll(s, stream);
  stream.cancel = s.clock.after(tickMs, () => void tick(s, stream));
  return stream;
}

const nothing: View = { pools: [], groups: [], nodes: [], routers: [] };

function showAll(s: Streams, stream: Stream): void {
  const { session } = stream;
  const view = visible(s.view(), session.rights);
  stream.seen = view;
  stream.lastId = lastId(s.ring);
  const transitions = visibleTransitions(s.ring.transitions, session.rights, view);
  say(s, stream, 'view', { now: s.clock.wall(), session, view, transitions });
}

export function closeStream(s: Streams, stream: Stream): void {
  stream.cancel();
  s.open.delete(stream);
  if (s.open.size > 0) return;
  s.cancel?.();
  s.cancel = undefined;
}

export function endStreams(s: Streams, why: Refusal): void {
  for (const stream of [...s.open]) end(s, stream, why);
}

/** Something may look otherwise now. */
export function changed(s: Streams): void {
  if (s.open.size === 0 || s.cancel !== undefined) return;
  const wait = Math.max(0, s.lastRound + restMs - s.clock.now());
  s.cancel = s.clock.after(wait, () => {
    s.cancel = undefined;
    s.lastRound = s.clock.now();
    round(s);
  });
}

function round(s: Streams): void {
  const view = s.view();
  for (const stream of [...s.open]) update(s, stream, view);
}

/** @returns whether there was anything to tell */
function update(s: Streams, stream: Stream, view: View): boolean {
  const { rights } = stream.session;
  const next = visible(view, rights);
  const transitions = visibleTransitions(since(s.ring, stream.lastId), rights, next);
  const change = difference(stream.seen, next);
  stream.seen = next;
  stream.lastId = lastId(s.ring);
  if (change === undefined && transitions.length === 0) return false;
  say(s, stream, 'change', { now: s.clock.wall(), change: change ?? { put: {}, gone: {} }, transitions });
  return true;
}

async function tick(s: Streams, stream: Stream): Promise<void> {
  const verdict = await stream.ask();
  if (!s.open.has(stream)) return;
  let isOther = false;
  if (verdict.allowed) {
    isOther = !sameJson(stream.session, verdict.session);
    stream.session = verdict.session;
    stream.confirmed = s.clock.now();
  } else if (isRefused(verdict) || s.clock.now() - stream.confirmed > trustMs) {
    return end(s, stream, verdict);
  }
  // Agents also fall silent without anything being written: so the view is made anew.
  if (isOther) showAll(s, stream);
  else if (!update(s, stream, s.view())) say(s, stream, 'tick', { now: s.clock.wall() });
  if (s.open.has(stream)) stream.cancel = s.clock.after(tickMs, () => void tick(s, stream));
}

function isRefused({ kind }: Refusal): boolean {
  return kind !== 'unavailable' && kind !== 'busy';
}

function end(s: Streams, stream: Stream, { kind, problem, remedy }: Refusal): void {
  say(s, stream, 'end', { kind, problem, remedy });
  closeStream(s, stream);
  stream.response.end();
}

function say<E extends keyof StreamEvents>(s: Streams, stream: Stream, event: E, data: StreamEvents[E]): void {
  if (stream.response.writableLength > mostWaiting) {
    closeStream(s, stream);
    stream.response.destroy();
    return;
  }
  stream.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
