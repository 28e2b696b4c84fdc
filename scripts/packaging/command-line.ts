// Owns: how a command of this folder ends: with what it says of wrong use, of the world, and of its own defects.
import { PackagingProblem } from './problem.js';

export interface CommandLine {
  /** Says something to a person. */
  say(text: string): void;
  /** What is wrong with the arguments. @returns the exit code */
  wrong(problem: string): number;
  /** Runs the command to its end, and sets the exit code of the process. */
  run(main: () => Promise<number>): void;
}

export function commandLine(name: string, usage: string): CommandLine {
  const say = (text: string) => console.error(`${name}: ${text}`);
  const wrong = (problem: string) => {
    process.stderr.write(`${name}: ${problem}\n\n${usage}`);
    return 2;
  };
  return {
    say,
    wrong,
    run(main) {
      main().then(
        (code) => {
          process.exitCode = code;
        },
        (error: NodeJS.ErrnoException) => {
          if (error.code?.startsWith('ERR_PARSE_ARGS')) {
            process.exitCode = wrong(error.message);
            return;
          }
          say(error instanceof PackagingProblem ? error.message : (error.stack ?? error.message));
          process.exitCode = 1;
        },
      );
    },
  };
}
