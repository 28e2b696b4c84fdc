/** Microseconds of CLOCK_MONOTONIC: comparable between the processes of one machine. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
