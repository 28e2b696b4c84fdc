import { LinuxError } from '../platform/linux/errno.js';
import { openRtnetlink } from '../platform/linux/rtnetlink.js';
import { describeError, type Logger } from '../platform/observability/log.js';

/**
 * Removes an interface that the engine has no more use for, on a thread that can wait for the kernel: 10 to 20 ms, in which others change
 * interfaces and addresses all the same. One that is gone already is no error; one that stays is removed when an agent starts here again.
 */
export function removeSpentInterface(
  spent: { readonly interfaceIndex: number; readonly name: string },
  log: Logger,
): void {
  const rtnetlink = openRtnetlink();
  try {
    const found = rtnetlink.link({ index: spent.interfaceIndex });
    if (found?.name === spent.name) rtnetlink.removeLink(found.index); // else another may have its index by now
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const reason = describeError(error);
    log.warn('an interface of ours stays, silent, until the agent starts again', { name: spent.name, reason });
  } finally {
    rtnetlink.close();
  }
}
