/** Microseconds of CLOCK_MONOTONIC: comparable between the processes of one machine. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** What is to be added to microseconds since the epoch to have those of this clock. Until the wall clock is set anew. */
export function wallClockOffset(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now(); // at its tick it is exact
  return monotonicMicros() - now * 1000;
}
