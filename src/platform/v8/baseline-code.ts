/**
 * Has V8 compile to machine code at once what a piece of work is the first to call.
 *
 * The program runs without V8's baseline compiler, which costs memory for code that runs once; so a function is interpreted until it has run
 * often enough for the optimizing one. Of what a takeover calls, a good part never has. Code that is made here stays.
 */
import { setFlagsFromString } from 'node:v8';

/** V8's own; both are read whenever a function is compiled, on whatever thread. */
const flags = ['sparkplug', 'always-sparkplug'];

export function withBaselineCode(work: () => void): void {
  for (const flag of flags) setFlagsFromString(`--${flag}`);
  try {
    work();
  } finally {
    for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  }
}
