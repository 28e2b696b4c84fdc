/** What the schema of the `vrrp` block cannot say: the ranges of its durations, and what goes with which version. */
import type { Micros } from '../core/time.js';
import { type CheckSettings, checkProblems } from './check-rules.js';
import { parseDuration } from './duration.js';
import { duration } from './duration-schema.js';
import { type NotifyHook, notifyProblems } from './notify-rules.js';
import type { Problem } from './problem.js';

interface Settings {
  readonly version?: 2 | 3;
  readonly advertisementInterval?: string;
  readonly preemptDelay?: string;
  readonly drainConnections?: string;
  readonly fastDetection?: { readonly interval: string; readonly multiplier?: number };
  readonly askLeader?: boolean;
  readonly rebalanceDelay?: string;
  readonly checksum?: string;
  readonly checks?: readonly CheckSettings[];
  readonly notify?: readonly NotifyHook[];
}

/** The field of an advert counts centiseconds in 12 bits (RFC 9568 section 5.2.7), in version 2 seconds in 8 bits (RFC 3768 5.3.7). */
const intervalLimits = {
  2: { step: 1_000_000, max: 255_000_000, text: 'a whole number of seconds from 1s to 255s in VRRP version 2' },
  3: { step: 10_000, max: 40_950_000, text: '10ms to 40.95s in steps of 10ms' },
} as const;

/** The interval of adverts when none is set, in microseconds. */
export const defaultAdvertisementInterval = 250_000;

/**
 * For how long connections go on after a move, where a group of an Eip does not say. Addresses of a Service are translated; those of a group that
 * somebody wrote need not be, and their connections would wait for nothing: there it is off.
 */
export const defaultDrainConnections = '5m';

const pattern = new RegExp(duration.pattern);

/** Durations that may be anything up to so many hours. */
const longest = [
  ['preemptDelay', 24],
  ['rebalanceDelay', 24],
  ['drainConnections', 1],
] as const;

/** Problems of a `vrrp` block at `path`. Texts that are no durations at all are the schema's to report. */
export function vrrpProblems(settings: Settings, path: string): readonly Problem[] {
  const problems: Problem[] = [
    ...checkProblems(settings.checks ?? [], `${path}.checks`),
    ...notifyProblems(settings.notify ?? [], `${path}.notify`),
  ];
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
  problems.push(...fastDetectionProblems(settings, `${path}.fastDetection`));
  problems.push(...longestProblems(settings, path, longest));
  return problems;
}

/** Problems of a VipGroup's `spec.drainConnections`, or that it says so elsewhere: with BGP there is no `vrrp` block to look into. */
export function drainProblems(spec: {
  readonly protocol: string;
  readonly drainConnections?: string;
  readonly vrrp?: Settings;
}): readonly Problem[] {
  const isRouted = spec.protocol === 'bgp';
  const [own, elsewhere] = ['spec.drainConnections', 'spec.vrrp.drainConnections'] as const;
  const [wrong, path, right] = isRouted
    ? [spec.vrrp?.drainConnections, elsewhere, own]
    : [spec.drainConnections, own, elsewhere];
  const problems: Problem[] = [];
  if (wrong !== undefined && parseDuration(wrong) !== 0)
    problems.push({ path, message: `is "${wrong}": with protocol ${spec.protocol} it is ${right}: move it there` });
  if (isRouted) problems.push(...longestProblems(spec, 'spec', [['drainConnections', 1]]));
  return problems;
}

/** Durations that are longer than they may be. */
function longestProblems<Field extends string>(
  settings: Readonly<Partial<Record<Field, string>>>,
  path: string,
  limits: readonly (readonly [Field, number])[],
): readonly Problem[] {
  return limits.flatMap(([field, hours]) => {
    const text: string | undefined = settings[field];
    if (text === undefined || !pattern.test(text)) return [];
    const micros = parseDuration(text);
    if (micros !== undefined && micros <= hours * 3_600_000_000) return [];
    return [{ path: `${path}.${field}`, message: `is "${text}": it must be at most ${hours}h` }];
  });
}

/** The multiplier of fast detection when none is set (RFC 5881's usual). */
export const defaultFastMultiplier = 3;

function fastDetectionProblems(settings: Settings, path: string): readonly Problem[] {
  const { fastDetection, advertisementInterval: text } = settings;
  if (fastDetection === undefined || !pattern.test(fastDetection.interval)) return [];
  if (settings.askLeader === false) {
    const message = 'asks the leader whether it lives, and askLeader is false: leave out one of them';
    return [{ path, message }];
  }
  const interval = parseDuration(fastDetection.interval);
  if (interval === undefined || interval < 10_000 || interval > 1_000_000) {
    return [{ path: `${path}.interval`, message: `is "${fastDetection.interval}": it must be 10ms to 1s` }];
  }
  const adverts = (text === undefined ? undefined : parseDuration(text)) ?? defaultAdvertisementInterval;
  const detection = interval * (fastDetection.multiplier ?? defaultFastMultiplier);
  if (detection < 3 * adverts) return [];
  const message = `takes ${detection / 1000} ms, not less than three intervals of adverts, which tell as much: take a shorter interval, or leave it out`;
  return [{ path, message }];
}

/** How far stamps may be from the clock when nothing is set, in seconds (keepalived). */
export function defaultTimeWindow(advertisementInterval: Micros): number {
  return Math.max(Math.ceil((3 * advertisementInterval) / 1_000_000), 5);
}

/** Problems of `spec.vrrp.authentication`. */
export function authenticationProblems({
  vrrp,
}: {
  readonly vrrp?: { readonly version?: 2 | 3; readonly authentication?: { readonly timeWindow?: string } };
}): readonly Problem[] {
  if (vrrp?.authentication === undefined) return [];
  const path = 'spec.vrrp.authentication';
  const problems: Problem[] = [];
  if (vrrp.version === 2) {
    const message = 'is set, but adverts of VRRP version 2 are not signed: use version 3, or leave it out';
    problems.push({ path, message });
  }
  const text = vrrp.authentication.timeWindow;
  if (text !== undefined && pattern.test(text)) {
    const window = parseDuration(text);
    if (window === undefined || window < 1_000_000 || window > 300_000_000 || window % 1_000_000 !== 0) {
      const message = `is "${text}": it must be a whole number of seconds from 1s to 300s`;
      problems.push({ path: `${path}.timeWindow`, message });
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
