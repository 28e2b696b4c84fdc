/** Durations as our objects write them: `250ms`, `1s`, `1m30s`, `1.5s` (the subset of Go's syntax that users know). */
import type { Micros } from '../core/time.js';

const unitMicros = { h: 3_600_000_000, m: 60_000_000, s: 1_000_000, ms: 1_000 } as const;
const term = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g;
const whole = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/;

/** The duration in microseconds (exact to the microsecond), or undefined when `text` is no duration. */
export function parseDuration(text: string): Micros | undefined {
  if (!whole.test(text)) return undefined;
  let micros = 0;
  for (const [, number, unit] of text.matchAll(term)) {
    micros += Number(number) * unitMicros[unit as keyof typeof unitMicros];
  }
  return Number.isSafeInteger(Math.round(micros)) ? Math.round(micros) : undefined;
}

/** The shortest text that `parseDuration` reads as `micros` (a whole number of microseconds, at least 0). */
export function formatDuration(micros: Micros): string {
  if (micros < unitMicros.s) return `${micros / unitMicros.ms}ms`;
  const hours = Math.floor(micros / unitMicros.h);
  const minutes = Math.floor((micros % unitMicros.h) / unitMicros.m);
  const seconds = (micros % unitMicros.m) / unitMicros.s;
  return [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`].filter(Boolean).join('');
}
