/**
 * Removes interfaces that the engine has no more use for, where it does not have to wait for the kernel: a removal takes tens of
 * milliseconds, and whoever changes interfaces or addresses meanwhile waits as well. So it is put off until a hand-over is through.
 */
import { LinuxError } from '../platform/linux/errno.js';
import { openRtnetlink } from '../platform/linux/rtnetlink.js';
import { describeError, type Logger } from '../platform/observability/log.js';

const handOverMs = 1000;

export interface SpentInterface {
  readonly interfaceIndex: number;
  readonly name: string;
}

export interface SpentInterfaces {
  /** Removes it after a while. One that is gone by then is no error; one that stays is removed when an agent starts here again. */
  add(spent: SpentInterface): void;
  /** Removes all of them now. */
  end(): void;
}

export function createSpentInterfaces(log: Logger): SpentInterfaces {
  let waiting: SpentInterface[] = [];
  let timer: NodeJS.Timeout | undefined;

  function removeAll(): void {
    clearTimeout(timer);
    if (waiting.length === 0) return;
    const rtnetlink = openRtnetlink();
    for (const { interfaceIndex, name } of waiting) {
      try {
        rtnetlink.removeLink(interfaceIndex);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        const reason = describeError(error);
        log.warn('an interface of ours stays, switched off, until the agent starts again', { name, reason });
      }
    }
    rtnetlink.close();
    waiting = [];
  }

  return {
    add(spent) {
      waiting.push(spent);
      clearTimeout(timer);
      timer = setTimeout(removeAll, handOverMs).unref();
    },
    end: removeAll,
  };
}
