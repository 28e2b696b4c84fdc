/**
 * Runs a program so that nothing it does can hold up whoever waits for it: it is ended at a signal, with all that it started, and
 * what it prints is kept only up to a bound.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export interface ProgramEnd {
  /** It exited with 0, in time. */
  readonly ok: boolean;
  /** How it ended, in words that follow its name: `exited with 1`. */
  readonly ended: string;
  /** What it printed on the streams that were asked for, as far as it is kept. */
  readonly output: string;
  /** Characters that it printed beyond that, at least. */
  readonly more: number;
}

export interface ProgramRun {
  readonly path: string;
  readonly args: readonly string[];
  /** Ends it with SIGKILL. */
  readonly signal: AbortSignal;
  readonly listenTo: 'stderr' | 'stdout and stderr';
  /** Characters of output that are kept. */
  readonly mostOutput: number;
}

/** How long is waited for what an ended program has printed, when somebody outside its process group holds its pipes open. */
const lastWordsMs = 100;

/**
 * Never rejects. It has a session and thus a process group of its own; what is left of that when it ends is ended with it. A process
 * that takes a session of its own (setsid) is left alone, and is not waited for.
 */
export function runProgram({ path, args, signal, listenTo, mostOutput }: ProgramRun): Promise<ProgramEnd> {
  const output = boundedText(mostOutput);
  const end = (ended: string, ok = false): ProgramEnd => ({ ok, ended, output: output.text(), more: output.more() });
  if (signal.aborted) return Promise.resolve(end('did not end in time'));
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const stdio = ['ignore', listenTo === 'stderr' ? 'ignore' : 'pipe', 'pipe'] as const;
      child = spawn(path, args, { detached: true, stdio: [...stdio] });
    } catch (error) {
      resolve(end(`did not start: ${(error as Error).message}`));
      return;
    }
    const endGroup = () => killGroup(child.pid);
    signal.addEventListener('abort', endGroup, { once: true });
    child.once('error', (error) => {
      signal.removeEventListener('abort', endGroup);
      resolve(end(`did not start: ${error.message}`));
    });
    const streams = streamsOf(child);
    for (const stream of streams) listen(stream, output.add);
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', endGroup);
      endGroup();
      const finish = () => {
        clearTimeout(patience);
        for (const stream of streams) stream.destroy();
        resolve(end(signal.aborted && code !== 0 ? 'did not end in time' : endText(code, killedBy), code === 0));
      };
      const patience = setTimeout(finish, lastWordsMs);
      child.once('close', finish);
    });
  });
}

/** Those that there are: a program that no descriptors are left for has none at all, whatever the types say. */
function streamsOf({ stdout, stderr }: ChildProcess): readonly Readable[] {
  const all: readonly (Readable | null | undefined)[] = [stdout, stderr];
  return all.filter((stream) => stream !== null && stream !== undefined);
}

function endText(code: number | null, killedBy: NodeJS.Signals | null): string {
  return code === null ? `was ended by ${killedBy}` : `exited with ${code}`;
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // They are gone, or have taken rights that this process may not signal; then whoever waits goes by the time alone.
  }
}

function listen(stream: Readable, add: (text: string) => void): void {
  const decoder = new StringDecoder();
  stream.on('data', (chunk: Buffer) => add(decoder.write(chunk)));
  stream.on('error', () => {}); // what was printed is all there is
}

/** Keeps the first characters; the rest is taken, so that nobody has to wait to print, and only counted. */
function boundedText(most: number): { add(text: string): void; text(): string; more(): number } {
  let kept = '';
  let more = 0;
  return {
    add(text) {
      const taken = text.slice(0, most - kept.length);
      kept += taken;
      more += text.length - taken.length;
    },
    text: () => kept,
    more: () => more,
  };
}
