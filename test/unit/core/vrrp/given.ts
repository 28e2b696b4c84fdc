import assert from 'node:assert/strict';
import type { Micros } from '../../../../src/core/time.js';
import {
  createVirtualRouter,
  type Input,
  type Output,
  step,
  type VirtualRouter,
  type VirtualRouterConfig,
} from '../../../../src/core/vrrp/virtual-router.js';

export const ms = (value: number): Micros => value * 1000;
export const own = Uint8Array.of(192, 0, 2, 11);
export const higherAddress = Uint8Array.of(192, 0, 2, 200);
export const lowerAddress = Uint8Array.of(192, 0, 2, 2);

/** A version 3 router of priority 100 at one second that does not preempt. */
export function config(changes: Partial<VirtualRouterConfig> = {}): VirtualRouterConfig {
  return {
    version: 3,
    family: 4,
    virtualRouterId: 51,
    priority: 100,
    advertisementInterval: ms(1000),
    preempt: false,
    preemptDelay: 0,
    source: own,
    ...changes,
  };
}

export function advert(priority: number, o: { interval?: Micros; source?: Uint8Array; version?: 2 | 3 } = {}): Input {
  const { interval = ms(1000), source = higherAddress, version = 3 } = o;
  const addresses = [Uint8Array.of(192, 0, 2, 100)];
  return { type: 'advert', source, advert: { version, family: 4, virtualRouterId: 51, priority, interval, addresses } };
}

/** A Backup that started at 0. */
export function backup(changes: Partial<VirtualRouterConfig> = {}): VirtualRouter {
  return step(createVirtualRouter(config(changes)), { type: 'startup' }, 0).router;
}

/** An Active that started as a Backup and took over at the deadline, which is returned with it. */
export function active(changes: Partial<VirtualRouterConfig> = {}): { router: VirtualRouter; now: Micros } {
  const waiting = backup(changes);
  const now = waiting.deadline;
  const router = waiting.state === 'Active' ? waiting : step(waiting, { type: 'time' }, now).router;
  assert.equal(router.state, 'Active');
  return { router, now: waiting.state === 'Active' ? 0 : now };
}

/** Outputs as words: `advertise 100`, `take-addresses`, `Backup -> Active (no-response)`. */
export function words(outputs: readonly Output[]): string[] {
  return outputs.map((output) => {
    if (output.type === 'advertise') return `advertise ${output.priority}`;
    if (output.type === 'transition') return `${output.from} -> ${output.to} (${output.reason})`;
    return output.type;
  });
}

/** Applies inputs at their instants and returns the last router and every output, in words. */
export function play(
  router: VirtualRouter,
  ...inputs: readonly (readonly [Micros, Input])[]
): { router: VirtualRouter; outputs: string[] } {
  let current = router;
  const outputs: string[] = [];
  for (const [now, input] of inputs) {
    const { router: next, outputs: given } = step(current, input, now);
    current = next;
    outputs.push(...words(given));
  }
  return { router: current, outputs };
}
