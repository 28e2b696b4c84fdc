// Owns: child processes that cannot outlive their parent, whatever ends it.
// Refuses to know: what they are.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A running program. */
export interface Child {
  readonly pid: number;
  /** Resolves with a sentence when the process ends, for whatever reason. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** The last lines of what it wrote. */
  tail(): string;
  /** SIGTERM, then SIGKILL after `patienceMs`; resolves when it is gone. */
  stop(patienceMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts `program`, with stdout and stderr appended to `logFile`. The kernel kills it when this process dies (setpriv of
 * util-linux, PR_SET_PDEATHSIG), so nothing is left behind even after SIGKILL. Rejects when it cannot be started.
 */
export async function startChild(program: string, args: readonly string[], logFile: string): Promise<Child> {
  const log = openSync(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  await once(child, 'spawn').catch((cause) => {
    throw new Error(`${program} could not be started through setpriv (Debian package util-linux)`, { cause });
  });
  return supervise(child, program, logFile);
}

function supervise(child: ChildProcess, program: string, logFile: string): Child {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ended = once(child, 'exit').then(([code, signal]) => `${program} ended with ${signal ?? `exit code ${code}`}`);
  return {
    pid: child.pid!,
    ended,
    hasEnded,
    tail: () => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n'),
    kill: (signal) => void child.kill(signal),
    async stop(patienceMs = 3000) {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(killer);
    },
  };
}
