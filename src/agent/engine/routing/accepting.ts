/**
 * Takes the connections that wait at listeners. Where none can be taken, since descriptors or memory have run out, a listener stays ready
 * to be read: it is left alone for a while then, lest the thread do nothing but ask.
 */
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Poller } from '../../../platform/linux/poller.js';
import type { TcpListener, TcpSocket } from '../../../platform/linux/tcp-socket.js';

/** Connections that may wait to be taken, and that are taken per turn. */
export const backlog = 64;
const pause: Micros = 1_000_000;

/** All listeners of this thread that are left alone. */
export interface Accepting {
  readonly poller: Poller;
  readonly now: () => Micros;
  /** Until when each of them is. */
  readonly paused: Map<Accepted, Micros>;
}

/** A listener, and where what comes goes. */
export interface Accepted {
  readonly listener: Pick<TcpListener, 'fd' | 'accept'>;
  readonly taken: (socket: TcpSocket) => void;
  /** None can be taken for now; undefined: they can again. */
  readonly stalled: (error: LinuxError | undefined) => void;
}

export function openAccepting(poller: Poller, now: () => Micros): Accepting {
  return { poller, now, paused: new Map() };
}

/** Takes what comes, from the poller only, or from `resumeAccepting`. */
export function acceptFrom(all: Accepting, from: Accepted): void {
  all.poller.add(from.listener.fd, () => take(all, from));
}

/** From now on nothing is taken of it. */
export function stopAccepting(all: Accepting, from: Accepted): void {
  if (!all.paused.delete(from)) all.poller.remove(from.listener.fd);
}

/** When to call `resumeAccepting`. */
export function acceptDeadline({ paused }: Accepting): Micros {
  let deadline = never;
  for (const until of paused.values()) deadline = Math.min(deadline, until);
  return deadline;
}

/** Tries again where it is time. */
export function resumeAccepting(all: Accepting): void {
  const now = all.now();
  for (const [from, until] of [...all.paused]) {
    if (now < until) continue;
    all.paused.delete(from);
    acceptFrom(all, from);
    if (take(all, from)) from.stalled(undefined);
  }
}

/** Returns whether it could. */
function take(all: Accepting, from: Accepted): boolean {
  const { listener, taken, stalled } = from;
  for (let count = 0; count < backlog; count++) {
    let socket: TcpSocket | undefined;
    try {
      socket = listener.accept();
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      all.poller.remove(listener.fd);
      all.paused.set(from, all.now() + pause);
      stalled(error);
      return false;
    }
    if (!socket) return true;
    taken(socket);
  }
  return true;
}
