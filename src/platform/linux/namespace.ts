/**
 * Moving the calling thread into a named network namespace. For tests: workers in different namespaces are different
 * hosts in one process.
 *
 * Sockets belong to the namespace of the thread that opens them, and /proc/sys/net shows that of the thread that reads it;
 * /sys/class/net does not follow.
 *
 * Source: setns(2), ip-netns(8).
 */
import { closeSync, openSync } from 'node:fs';
import { check } from './errno.js';
import { setns } from './sys.js';

const CLONE_NEWNET = 0x40000000;

/**
 * Runs `action` with the calling thread inside the namespace `name`, and returns with it to where it was. What `action` opens
 * stays in that namespace. Synchronous only: another task on this thread must not find itself on another host.
 */
export function inNetworkNamespace<T>(name: string, action: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    enterNetworkNamespace(name);
    return action();
  } finally {
    check(setns(home, CLONE_NEWNET), 'return from', `network namespace ${name}`);
    closeSync(home);
  }
}

/** Enters the namespace made by `ip netns add NAME`. Throws: ENOENT (no such name), LinuxError EPERM (not root). */
export function enterNetworkNamespace(name: string): void {
  const fd = openSync(`/var/run/netns/${name}`, 'r');
  try {
    check(setns(fd, CLONE_NEWNET), 'enter', `network namespace ${name}`);
  } finally {
    closeSync(fd);
  }
}
