/** What a subcommand's module exports: its flags and what it does with them. */
import type { Flag, FlagValues } from './flags.js';

export interface Command {
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly Flag[];
  /** What positional arguments are called; without it there are none. */
  readonly positionals?: string;
  /** Runs to the end and gives the exit code: 0 done, 1 failed, 2 wrong usage (after saying so on stderr), others as its help says. */
  run(values: FlagValues, positionals: readonly string[]): Promise<number>;
}
