// Owns: scripts/playground as somebody runs it, with temporary files in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from './eventually.js';
import { claimLab, removeLab } from './leftovers.js';

const lab = 'playground';

export interface Playground {
  readonly child: ChildProcess;
  /** Its temporary folder. */
  readonly tmp: string;
  /** What it has written so far. From a terminal, both in one. */
  stdout(): string;
  stderr(): string;
  type(keys: string): void;
  /** Waits until it has written this, to either; what it matched. */
  says(what: RegExp, withinMs?: number): Promise<RegExpMatchArray>;
  /** Its exit code, or the signal it died by. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What is left of it: temporary files, namespaces, processes. */
  leftovers(): readonly string[];
  /** Ends it whatever it does, and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Starts it. `terminal`: on a terminal of its own (util-linux' script). `below`: as the child of a shell, which `child` then is.
 * `tmp`: the temporary folder of an earlier one.
 */
export function startPlayground(
  args: readonly string[],
  o: { terminal?: boolean; below?: boolean; tmp?: string; env?: NodeJS.ProcessEnv } = {},
): Playground {
  const tmp = o.tmp ?? mkdtempSync(join(tmpdir(), 'openelb-vip-playground-test-'));
  const line = ['scripts/playground', ...args];
  const [command, ...rest] = o.terminal
    ? ['script', '-qefc', line.join(' '), '/dev/null']
    : o.below
      ? ['sh', '-c', '"$@"; exit', 'sh', ...line]
      : line;
  const child = spawn(command!, rest, {
    cwd: projectRoot(),
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: tmp, ...o.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.setEncoding('utf8').on('data', (chunk: string) => {
      written[stream] += chunk;
    });
  child.stdin!.on('error', () => {}); // it has ended; `ended` tells
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 0));
  });
  const all = () => written.stdout + written.stderr;
  return {
    child,
    tmp,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    type: (keys) => void child.stdin!.write(keys),
    says: (what, withinMs = 90_000) =>
      eventually(`the playground to say ${what}`, () => all().match(what) ?? undefined, { withinMs, onTimeout: all }),
    ended,
    leftovers: () => [
      ...readdirSync(tmp),
      ...readdirSync('/run/netns').filter((name) => name.startsWith(`${lab}-`)),
      ...processesWith(tmp).map(String),
    ],
    remove: async () => {
      await eventually('the end of every process of it', () => {
        const pids = processesWith(tmp);
        for (const pid of pids) process.kill(pid, 'SIGKILL');
        return pids.length === 0;
      });
      await ended;
      claimLab(lab);
      removeLab(lab);
      rmSync(tmp, { recursive: true, force: true });
    },
  };
}

/** Every process that has TMPDIR so, which all that it starts inherit. */
function processesWith(tmp: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${tmp}`);
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}

/** For the tests of a `describe`: starts playgrounds. The last one is ended and removed after each test. */
export function playgroundOfTest(): typeof startPlayground {
  let playground: Playground | undefined;
  afterEach(async () => {
    await playground?.remove();
    playground = undefined;
  });
  return (...args) => {
    playground = startPlayground(...args);
    return playground;
  };
}

export function nothingLeft(of: Playground): Promise<true> {
  return eventually('nothing left of it', () => of.leftovers().length === 0, {
    onTimeout: () => of.leftovers().join('\n'),
  });
}
