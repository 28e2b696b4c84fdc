/** Questions to one who is watched, on a socket of their own. */
import { seamlessPort } from '../../../../core/bfd/seamless.js';
import { type Micros, never } from '../../../../core/time.js';
import { LinuxError } from '../../../../platform/linux/errno.js';
import { createDatagramReader, type ReadingBudget } from '../../datagram-reader.js';
import type { Watched, WatchesState } from './state.js';

/** Twice what is asked at 1 ms. */
const budget: ReadingBudget = { most: 64, window: 10_000 };
const retryInterval: Micros = 500_000;

export function open({ kernel, count }: WatchesState, watched: Watched, now: Micros): void {
  const { source, local, nic } = watched;
  try {
    const socket = kernel.openDatagramSocket({
      family: source.length === 4 ? 4 : 6,
      address: local,
      interface: nic,
      port: 0,
      remote: { address: source, port: seamlessPort },
    });
    watched.reader = createDatagramReader(kernel, socket, budget);
    watched.openAt = never;
    attendAnswers(watched);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    count('liveness_socket_failures');
    watched.openAt = now + retryInterval;
  }
}

/** The kernel stamps an answer, so that of one who is known to answer may wait until the next question is due. */
export function attendAnswers({ reader, watch }: Watched): void {
  reader?.attend(watch.standing !== 'proven');
}

export function ask({ count }: WatchesState, watched: Watched, now: Micros): void {
  const { reader, question } = watched;
  if (reader === undefined) return;
  count('liveness_questions_sent');
  if (reader.socket.send(question) === 0) return;
  // What an ICMP message says of an earlier question is reported once, instead of sending.
  if (reader.socket.send(question) === 0) return;
  reader.close();
  watched.reader = undefined;
  watched.openAt = now + retryInterval;
}
