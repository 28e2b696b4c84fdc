/** What the schema of the `vrrp` block cannot say: the ranges of its durations, and what goes with which version. */
import { type CheckSettings, checkProblems } from './check-rules.js';
import { parseDuration } from './duration.js';
import type { Problem } from './problem.js';
import { duration } from './vrrp-settings.js';

interface Settings {
  readonly version?: 2 | 3;
  readonly advertisementInterval?: string;
  readonly preemptDelay?: string;
  readonly checksum?: string;
  readonly checks?: readonly CheckSettings[];
}

/** The field of an advert counts centiseconds in 12 bits (RFC 9568 section 5.2.7), in version 2 seconds in 8 bits (RFC 3768 5.3.7). */
const intervalLimits = {
  2: { step: 1_000_000, max: 255_000_000, text: 'a whole number of seconds from 1s to 255s in VRRP version 2' },
  3: { step: 10_000, max: 40_950_000, text: '10ms to 40.95s in steps of 10ms' },
} as const;

/** The interval of adverts when none is set, in microseconds. */
export const defaultAdvertisementInterval = 250_000;

const pattern = new RegExp(duration.pattern);

/** Problems of a `vrrp` block at `path`. Texts that are no durations at all are the schema's to report. */
export function vrrpProblems(settings: Settings, path: string): readonly Problem[] {
  const problems: Problem[] = [...checkProblems(settings.checks ?? [], `${path}.checks`)];
  const limits = intervalLimits[settings.version ?? 3];
  const text = settings.advertisementInterval;
  if (text === undefined && settings.version === 2) {
    problems.push({
      path: `${path}.advertisementInterval`,
      message: 'is missing: the default of 250ms is no interval of version 2: set 1s or more',
    });
  }
  if (text !== undefined && pattern.test(text)) {
    const interval = parseDuration(text);
    if (interval === undefined || interval < limits.step || interval > limits.max || interval % limits.step !== 0) {
      problems.push({ path: `${path}.advertisementInterval`, message: `is "${text}": it must be ${limits.text}` });
    }
  }
  const delay = settings.preemptDelay;
  if (delay !== undefined && pattern.test(delay)) {
    const micros = parseDuration(delay);
    if (micros === undefined || micros > 24 * 3_600_000_000) {
      problems.push({ path: `${path}.preemptDelay`, message: `is "${delay}": it must be at most 24h` });
    }
  }
  return problems;
}

/** Problems of `spec.vrrp.virtualMac` of an object with that protocol. */
export function virtualMacProblems(spec: {
  readonly protocol?: string;
  readonly vrrp?: { readonly virtualMac?: boolean };
}): readonly Problem[] {
  if (spec.protocol !== 'layer2' || spec.vrrp?.virtualMac !== true) return [];
  const message = "is true, but protocol layer2 answers with the NIC's own MAC: use protocol vip, or leave it out";
  return [{ path: 'spec.vrrp.virtualMac', message }];
}
