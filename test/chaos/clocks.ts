/** Wall clocks that go wrong, by libfaketime. A program's monotonic clock is left alone, as it is when somebody sets the time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Around } from '../lab/confined.js';

export interface Clocks {
  /** What a program of that name is to be run in. */
  around(name: string): Around;
  /**
   * Sets its clock to so many seconds after what is so, which it sees within a second.
   * @param rate how many of its seconds pass in one
   */
  set(name: string, seconds: number, rate?: number): void;
}

/** The dynamic linker puts the folder of the machine's own libraries in for `$LIB`. */
const library = '/usr/$LIB/faketime/libfaketimeMT.so.1';

/** @param folder where each clock has a file that says how wrong it is */
export function clocksIn(folder: string): Clocks {
  const fileOf = (name: string) => join(folder, `clock-${name}`);
  const set = (name: string, seconds: number, rate = 1) =>
    writeFileSync(fileOf(name), `${seconds < 0 ? '' : '+'}${seconds}${rate === 1 ? '' : ` x${rate}`}\n`);
  return {
    set,
    around(name) {
      const settings = {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: fileOf(name),
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_CACHE_DURATION: '1',
      };
      set(name, 0);
      return (command) => ['env', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...command];
    },
  };
}
