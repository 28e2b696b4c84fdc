/**
 * Waking a thread that sleeps in ppoll(2): an eventfd.
 *
 * Owns: the descriptor. The message itself travels another way (a MessagePort read with receiveMessageOnPort); this only
 * ends the sleep. Descriptors belong to the process, so another thread wakes with `fs.writeSync(fd, wakeBytes)`, without
 * loading anything native.
 *
 * Source: eventfd(2).
 */
import { check } from './errno.js';
import { close, eventfd, read } from './sys.js';

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** What to write to the descriptor to wake its reader: the 64-bit number 1 in host order. */
export const wakeBytes: Uint8Array = new Uint8Array(BigUint64Array.of(1n).buffer);

export interface Wake {
  readonly fd: number;
  /** Makes the descriptor quiet again. Call before looking at the messages, or one may be overlooked. */
  drain(): void;
  close(): void;
}

/** Opens an eventfd. Throws a LinuxError when descriptors have run out. */
export function openWake(): Wake {
  const fd = check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), 'eventfd', 'for waking the engine');
  const count = new Uint8Array(8);
  return {
    fd,
    drain: () => void read(fd, count), // one read resets the counter; EAGAIN means it was quiet already
    close: () => void close(fd),
  };
}
