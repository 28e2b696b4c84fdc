/** Which virtual router ID a new group gets. */
import type { VirtualRouterIdRange } from './group.js';
import { hashText } from './rendezvous.js';

/** How many IDs the range offers. */
export function rangeCapacity({ first, last, reserved }: VirtualRouterIdRange): number {
  let count = last - first + 1;
  for (const id of reserved) if (first <= id && id <= last) count--;
  return count;
}

/**
 * A free ID: the first one at or after a point that depends on `seed`, wrapping at the end of the range, so that neither two
 * clusters nor a hand-made virtual router with a low number is likely to be met. Undefined when all are taken.
 */
export function pickVirtualRouterId(
  range: VirtualRouterIdRange,
  isTaken: (id: number) => boolean,
  seed: string,
): number | undefined {
  const size = range.last - range.first + 1;
  const start = hashText(seed) % size;
  for (let step = 0; step < size; step++) {
    const id = range.first + ((start + step) % size);
    if (!range.reserved.has(id) && !isTaken(id)) return id;
  }
  return undefined;
}
