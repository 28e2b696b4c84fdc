import type { GracefulRestart } from './contract.js';

/**
 * What to tell peers after a start (RFC 4724 4.1). Forwarding went on while this process was away if the kernel is still the
 * one that it was, which its boot ID tells; after a reboot peers do well to forget our routes until they hear them again.
 *
 * @param restartTime for how long peers are to keep our routes, in seconds: 1..4095
 * @param bootId of the kernel that runs now
 * @param formerBootId of the kernel that ran when a process before this one was last known to announce; undefined when there
 *   was none
 */
export function gracefulRestartOf(
  restartTime: number,
  bootId: string,
  formerBootId: string | undefined,
): GracefulRestart {
  return { restartTime, restarted: formerBootId !== undefined, forwarding: formerBootId === bootId };
}
