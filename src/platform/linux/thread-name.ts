/** Source: proc_pid_comm(5): threads of one process may name each other. */
import { writeFileSync } from 'node:fs';

/** Names the calling thread for `top -H` and the kernel's log, in 15 characters; where that is refused it stays as it is. */
export function nameThread(name: string): void {
  try {
    writeFileSync('/proc/thread-self/comm', name);
  } catch {
    // nobody depends on it
  }
}
