import { getEventListeners } from 'node:events';
import { types } from 'node:util';

/** Node.js's own sets have lost their prototype. */
const sizeOf = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!;

/**
 * How many things a signal remembers that wait for it to abort: listeners, and signals that were made of it by `AbortSignal.any`, which Node.js
 * has in sets of the signal's own.
 */
export function leftWith(signal: AbortSignal): number {
  const sets = Object.getOwnPropertySymbols(signal)
    .map((symbol): unknown => Reflect.get(signal, symbol))
    .filter(types.isSet);
  return sets.reduce((sum, set) => sum + sizeOf.call(set), getEventListeners(signal, 'abort').length);
}
