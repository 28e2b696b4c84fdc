/** What is remembered of virtual MACs and their interfaces: records, which the functions beside it work on. */
import type { Micros } from '../../../../core/time.js';
import type { VirtualMacInterface } from '../../../../platform/linux/macvlan.js';
import type { Kernel } from '../../kernel.js';
import type { EngineEvent } from '../../messages.js';

/** The virtual MAC of a group on a NIC, with the interface that has it. */
export interface GroupMac {
  readonly group: string;
  readonly mac: Uint8Array;
  /** Of the NIC. */
  readonly parentIndex: number;
  /** Its interfaces have them by turns. */
  readonly names: readonly [string, string];
  /** Which of them the next interface gets. */
  nextName: 0 | 1;
  /** Undefined between one that has led and the next. */
  current: VirtualMacInterface | undefined;
}

export interface VirtualMacState {
  readonly kernel: Pick<Kernel, 'virtualMacs' | 'rtnetlink' | 'now'>;
  readonly post: (event: EngineEvent) => void;
  /** Those in use. */
  readonly open: Set<GroupMac>;
  /** When each that is silent gets another interface, the first one first. */
  readonly renewAt: Map<GroupMac, Micros>;
  /** Settings of NICs may not be as they were before there were virtual MACs. */
  settingsChanged: boolean;
  /** It was said which settings cannot be changed here. */
  toldOfUnset: boolean;
}

export function newVirtualMacState(o: Pick<VirtualMacState, 'kernel' | 'post'>): VirtualMacState {
  return { ...o, open: new Set(), renewAt: new Map(), settingsChanged: false, toldOfUnset: false };
}
