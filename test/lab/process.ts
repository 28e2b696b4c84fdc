import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LabError } from './command.js';

export interface Process {
  readonly title: string;
  readonly pid: number;
  /** Whether it is still there (a stopped one is). */
  running(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Writes a line to its stdin, or closes it. */
  write(line: string): void;
  end(): void;
  /** Calls back for each line of its stdout. */
  onLine(listener: (line: string) => void): void;
  /** Its exit code, or the signal it died by. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** What it wrote to stderr so far, without what earlier processes of its title wrote. */
  log(): string;
}

/** Starts a program; stderr goes to the file `log`, which later runs of the same title extend. */
export function startProcess(o: {
  title: string;
  log: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
}): Process {
  const stderr = openSync(o.log, 'a');
  const written = fstatSync(stderr).size;
  const child: ChildProcess = spawn(o.command, o.args, {
    stdio: ['pipe', 'pipe', stderr],
    env: { ...process.env, ...o.env },
  });
  closeSync(stderr);
  if (child.pid === undefined) throw new LabError(`${o.title}: ${o.command} did not start`);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0));
  });
  child.stdin?.on('error', () => {}); // it ended while being written to; `exited` tells
  const lines = createInterface({ input: child.stdout! });

  return {
    title: o.title,
    pid: child.pid,
    running: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    write: (line) => void child.stdin?.write(`${line}\n`),
    end: () => void child.stdin?.end(),
    onLine: (listener) => void lines.on('line', listener),
    exited,
    log: () => readFileSync(o.log).subarray(written).toString(),
  };
}

/**
 * The arguments that make node run one of the lab's own programs, compiled or from its source.
 * @param url the program's module, named without an extension: `new URL('./programs/prober', import.meta.url)`
 */
export function programArguments(url: URL, from: string): readonly string[] {
  return from.endsWith('.ts')
    ? ['--import=tsx', '--disable-warning=ExperimentalWarning', `${url.pathname}.ts`]
    : ['--enable-source-maps', `${url.pathname}.js`];
}

/**
 * The command line that runs a program ahead of ordinary ones where the system allows it: what measures a machine must not wait for
 * what it measures.
 */
export function urgently(command: string, args: readonly string[]): readonly [string, readonly string[]] {
  return ['sh', ['-c', 'chrt -r -p 1 $$ 2>/dev/null; exec "$0" "$@"', command, ...args]];
}
