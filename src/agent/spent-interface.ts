/** Removing interfaces that the engine has no more use for, where it does not have to wait for the kernel. */
import { LinuxError } from '../platform/linux/errno.js';
import { openRtnetlink } from '../platform/linux/rtnetlink.js';
import { describeError, type Logger } from '../platform/observability/log.js';

/** One that is gone already is no error; one that stays is removed when an agent starts here the next time. */
export function removeSpentInterface(o: { readonly interfaceIndex: number; readonly name: string }, log: Logger): void {
  const rtnetlink = openRtnetlink();
  try {
    rtnetlink.removeLink(o.interfaceIndex);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    log.warn('an interface of ours stays, switched off, until the agent starts again', {
      name: o.name,
      reason: describeError(error),
    });
  } finally {
    rtnetlink.close();
  }
}
