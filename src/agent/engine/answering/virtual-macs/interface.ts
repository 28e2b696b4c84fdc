/** The interface that has a group's virtual MAC: made, switched on, silenced, and given to somebody who can wait until it is removed. */
import { LinuxError } from '../../../../platform/linux/errno.js';
import type { VirtualMacInterface } from '../../../../platform/linux/macvlan.js';
import type { GroupMac, VirtualMacState } from './state.js';

/** Makes it, down. Throws a LinuxError. */
export function make(v: VirtualMacState, own: GroupMac): VirtualMacInterface {
  const { mac, names, nextName, parentIndex } = own;
  const made = v.kernel.virtualMacs.create({ name: names[nextName], parentIndex, mac });
  own.current = made;
  tellOfUnset(v, made.unset);
  own.nextName = nextName === 0 ? 1 : 0;
  return made;
}

function tellOfUnset(v: VirtualMacState, settings: readonly string[]): void {
  if (settings.length === 0 || v.toldOfUnset) return;
  v.toldOfUnset = true;
  const message =
    'interfaces of virtual MACs may get IPv6 addresses of their own where routers advertise: these settings cannot be changed here, ' +
    'since /proc/sys is read-only';
  v.post({ type: 'log', level: 'warn', message, fields: { settings } });
}

/** Switches it on. What keeps it from that is logged. */
export function raise(v: VirtualMacState, own: GroupMac): void {
  const reason = attempt(() => switchOn(v, own));
  if (reason === undefined) return;
  const fields = { group: own.group, reason };
  v.post({ type: 'log', level: 'error', message: 'virtual MAC not in place', fields });
}

function switchOn(v: VirtualMacState, own: GroupMac): void {
  v.renewAt.delete(own);
  const current = own.current ?? make(v, own);
  try {
    current.raise();
  } catch (error) {
    if (!(error instanceof LinuxError) || error.code !== 'EADDRINUSE') throw error;
    removeFormer(v, own, current.interfaceIndex); // nobody had the time for it yet
    current.raise();
  }
}

/** It has the one name or the other: looked for by these, what that takes does not grow with the node's interfaces. */
function removeFormer({ kernel: { rtnetlink } }: VirtualMacState, { names }: GroupMac, present: number): void {
  for (const each of names.map((known) => rtnetlink.link({ name: known })))
    if (each?.kind === 'macvlan' && each.index !== present) rtnetlink.removeLink(each.index);
}

/** Nothing leaves from it any more. It may be gone already. */
export function silence({ current }: GroupMac): void {
  if (current !== undefined) attempt(() => current.silence());
}

/** Has it removed by somebody who can wait. */
export function giveAway({ post }: VirtualMacState, own: GroupMac): void {
  const { current } = own;
  if (current === undefined) return;
  silence(own);
  post({ type: 'spent-interface', interfaceIndex: current.interfaceIndex, name: current.name });
  own.current = undefined;
}

/** Makes the next one in its stead. Whoever is to lead without one says why. */
export function renew(v: VirtualMacState, own: GroupMac): void {
  giveAway(v, own);
  attempt(() => make(v, own));
}

/** What the kernel has against it, if anything. */
function attempt(change: () => void): string | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return error.message;
  }
}
