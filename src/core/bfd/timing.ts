import type { Micros } from '../time.js';
import type { Timing } from './contract.js';

/** What is wrong with a configured timing: which field, and what is allowed. */
export interface TimingFault {
  readonly field: keyof Timing;
  readonly message: string;
}

/** What is used where nothing is configured: Down within 0.9 s, and no false alarm by a turn that takes long. */
export const defaultTiming: Timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };

/** The shortest interval that may be configured: below it a program that shares its CPU gives false alarms. */
export const shortestInterval: Micros = 50_000;
/** The longest: long enough for the interval of a planned restart. */
export const longestInterval: Micros = 60_000_000;

/** Everything wrong with a configured timing; none when it can be used. */
export function timingFaults(timing: Timing): readonly TimingFault[] {
  const faults: TimingFault[] = [];
  for (const field of ['desiredMinTx', 'requiredMinRx'] as const) {
    const value = timing[field];
    if (isWithin(value, shortestInterval, longestInterval)) continue;
    const message = `${value} us is not a whole number of ${shortestInterval} to ${longestInterval} us: the usual is 300000 (300 ms)`;
    faults.push({ field, message });
  }
  const { detectMult } = timing;
  if (!isWithin(detectMult, 1, 255)) {
    faults.push({ field: 'detectMult', message: `${detectMult} is not a whole number of 1 to 255: the usual is 3` });
  }
  return faults;
}

/** Whether two timings say the same. */
export function sameTiming(a: Timing, b: Timing): boolean {
  return a.desiredMinTx === b.desiredMinTx && a.requiredMinRx === b.requiredMinRx && a.detectMult === b.detectMult;
}

function isWithin(value: number, first: number, last: number): boolean {
  return Number.isInteger(value) && value >= first && value <= last;
}
