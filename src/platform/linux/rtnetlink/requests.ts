/** What requests for changes have in common: how they are performed, and what a refusal says. */
import { errnoName, LinuxError } from '../errno.js';
import type { Acknowledgement } from '../netlink-codec.js';
import { type Batch, type NetlinkSocket, prepareBatches } from '../netlink-socket.js';

/** Why the kernel refused one address of a list: `code` is ENODEV, EADDRNOTAVAIL, EACCES (IPv6 is off), EPERM, … */
export interface AddressFailure {
  readonly code: string;
  /** The kernel's own words where it has any, else the code. */
  readonly message: string;
}

/** Performs `count` changes and says of each, in order, why it was refused; undefined is success. */
export function performAll(
  socket: NetlinkSocket,
  batches: readonly Batch[],
  count: number,
): readonly (AddressFailure | undefined)[] {
  const failures = new Array<AddressFailure | undefined>(count).fill(undefined);
  socket.execute(batches, (index, refusal) => {
    failures[index] = failureOf(refusal);
  });
  return failures;
}

/** Performs one change that must succeed, unless it is refused with the errno `tolerated`. Throws a LinuxError. */
export function perform(
  socket: NetlinkSocket,
  message: Uint8Array,
  {
    operation,
    object,
    tolerated,
  }: { readonly operation: string; readonly object: string; readonly tolerated?: string },
): void {
  socket.execute(prepareBatches([message]), (_, { errno, text }) => {
    if (errnoName(errno) === tolerated) return;
    throw new LinuxError({ errno, operation, object, ...(text === undefined ? {} : { detail: text }) });
  });
}

/** Performs one change, unless the kernel refuses it. */
export function attempt(socket: NetlinkSocket, message: Uint8Array): void {
  socket.execute(prepareBatches([message]), () => {});
}

function failureOf({ errno, text }: Acknowledgement): AddressFailure {
  const code = errnoName(errno);
  return { code, message: text === undefined ? code : `${code}: ${text}` };
}
