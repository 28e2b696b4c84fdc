/**
 * Reads one socket whenever the kernel says that something waits, and never more than a budget of datagrams in a window of time: whoever
 * sends more finds that the kernel's buffer is full, and the engine stays what it is for.
 */
import { type Micros, never } from '../../core/time.js';
import type { DatagramSocket, ReceivedDatagram } from '../../platform/linux/datagram-socket.js';
import type { Kernel } from './kernel.js';

export interface DatagramReader {
  readonly socket: DatagramSocket;
  /** Up to when everything that had come in is known to have been read. */
  drainedAt(): Micros;
  /**
   * Whether the thread is to wake for what comes in: at first it is. If not, `work` looks each time it is called, and what waits is no reason to
   * call it.
   */
  attend(wanted: boolean): void;
  /** Takes what waits, if something does. The datagram given is overwritten by the next. */
  work(take: (datagram: ReceivedDatagram) => void): void;
  /** Reads until nothing waits, whatever the budget; what the kernel holds is bounded. */
  drain(take: (datagram: ReceivedDatagram) => void): void;
  deadline(): Micros;
  close(): void;
}

export interface ReadingBudget {
  /** Datagrams. */
  readonly most: number;
  readonly window: Micros;
}

/** What comes in while a socket is drained is left for the next time beyond so many. */
const drainBound = 256;

export function createDatagramReader(
  kernel: Pick<Kernel, 'now' | 'poller'>,
  socket: DatagramSocket,
  budget: ReadingBudget,
): DatagramReader {
  let readable = true;
  let isAttended = true;
  let isPolled = false;
  let windowEnds = -never;
  let left = budget.most;
  let drainedAt: Micros = kernel.now();

  function listen(wanted: boolean): void {
    if (wanted === isPolled) return;
    isPolled = wanted;
    if (!wanted) kernel.poller.remove(socket.fd);
    else
      kernel.poller.add(socket.fd, () => {
        readable = true;
      });
  }

  function read(most: number, take: (datagram: ReceivedDatagram) => void): number {
    for (let count = 0; count < most; count++) {
      const asked = kernel.now();
      const datagram = socket.receive();
      if (datagram === undefined) {
        readable = false;
        drainedAt = asked;
        return count;
      }
      take(datagram);
    }
    return most;
  }

  listen(true);
  return {
    socket,
    drainedAt: () => drainedAt,
    attend(wanted) {
      isAttended = wanted;
      readable ||= wanted; // something may have come meanwhile
      listen(wanted && left > 0);
    },
    work(take) {
      const now = kernel.now();
      if (now >= windowEnds) {
        left = budget.most;
        windowEnds = now + budget.window;
        listen(isAttended);
      }
      if ((isAttended && !readable) || left === 0) return;
      left -= read(left, take);
      if (left === 0) listen(false);
    },
    drain: (take) => void read(drainBound, take),
    deadline: () => (!isAttended ? never : left === 0 ? windowEnds : readable ? 0 : never),
    close() {
      listen(false);
      socket.close();
    },
  };
}
