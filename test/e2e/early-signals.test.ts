import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';

const program = join(projectRoot(), 'dist/main.js');

/** Whether the process is Node by now, and handles these signals; of SIGUSR1, holds it up (proc(5)). */
function isReadyFor(pid: number, signals: readonly NodeJS.Signals[]): boolean {
  const [status, commandLine] = ['status', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  if (!commandLine!.startsWith('node\0')) return false;
  const mask = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status!)?.[1] ?? 0}`);
  const usr1 = 1n << BigInt(constants.signals.SIGUSR1 - 1);
  const ready = (mask('SigBlk') & usr1) | mask('SigCgt');
  return signals.every((signal) => ((ready >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n);
}

/** The agent's program as far as its help: it loads itself, and never comes to the handlers of an agent that runs. */
async function endOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
}

/** Sends them as soon as the process is ready for them; returns how it ended and what it said. */
async function sentTo(signals: readonly NodeJS.Signals[], awaited: readonly NodeJS.Signals[]) {
  const child = spawn(program, ['agent', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = endOf(child);
  const until = performance.now() + 10_000;
  // Without a pause: what is looked for may last for milliseconds.
  while (!isReadyFor(child.pid!, awaited)) assert.ok(performance.now() < until, 'it is never ready');
  for (const signal of signals) process.kill(child.pid!, signal);
  return { ...(await ended), said };
}

describe('an agent that has only begun', () => {
  const outlived = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGXCPU', 'SIGPWR', 'SIGVTALRM', 'SIGIO'] as const;

  it('outlives, before it has loaded what it runs, each signal that does not stop an agent', async () => {
    const { code, signal } = await sentTo(outlived, outlived);
    assert.deepEqual([code, signal], [0, null]);
  });

  it('opens no debugger for SIGUSR1 while Node itself starts', async () => {
    for (let n = 0; n < 3; n++) {
      const { code, signal, said } = await sentTo(['SIGUSR1'], ['SIGUSR1']);
      assert.deepEqual([code, signal], [0, null]);
      assert.doesNotMatch(said, /Debugger listening/);
    }
  });
});
