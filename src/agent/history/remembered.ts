/** A change of what a node is in a group, as it is remembered. */
import type { Transition } from '../engine/messages.js';

export interface Remembered {
  /** By the clock of the node, in milliseconds since 1970. */
  readonly at: number;
  readonly group: string;
  readonly from: Transition['from'];
  readonly to: Transition['to'];
  readonly reason: Transition['reason'];
  readonly priority: number;
  /** Where the adverts come from of who leads now or, of one that became Active, of who led before; as far as it is known. */
  readonly peer?: string;
}

/** What an agent answers when it is asked what it remembers. */
export interface AgentHistory {
  readonly node: string;
  readonly version: string;
  /** When it answered, by its clock, in milliseconds since 1970. */
  readonly now: number;
  /** The oldest first. */
  readonly entries: readonly Remembered[];
}

export function rememberedOf({
  at,
  group,
  from,
  to,
  reason,
  priority,
  activeSource,
  formerSource,
}: Transition): Remembered {
  const peer = activeSource ?? formerSource;
  return { at: Math.floor(at / 1000), group, from, to, reason, priority, ...(peer === undefined ? {} : { peer }) };
}
