/**
 * The program's log: one JSON object per line on stderr, or readable lines when stderr is a terminal.
 *
 * A message is a constant; what varies goes into fields, so that lines can be searched and counted by message. Fields hold what others
 * wrote: each text is cut where it gets long, so that nobody fills a disk with one object.
 */
import { Writable } from 'node:stream';
import winston from 'winston';
import { describeError } from './describe-error.js';

export { describeError };

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface ProgramLog extends Logger {
  /** Since when, and why, lines are lost: their reader is gone, the disk is full; undefined while they are written. */
  problem(): string | undefined;
  /** How many lines were lost since the start. */
  lost(): number;
}

/** What may wait for a reader that does not read, in characters. */
const mostWaiting = 256 * 1024;

export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/**
 * A logger of `program` that writes what is at `level` or more serious.
 *
 * `stream` is stderr unless given; `readable` is whether a person reads it (default: the stream is a terminal).
 * An `Error` among the fields is written as its message and its chain of causes. A line that cannot be written is lost, and ends nothing;
 * the next is tried all the same. Nothing waits for whoever reads the log: lines that find no room are lost until half of it is free again.
 */
export function createLogger(o: {
  readonly level: LogLevel;
  readonly program: string;
  readonly stream?: Writable & { isTTY?: boolean };
  readonly readable?: boolean;
}): ProgramLog {
  const stream = o.stream ?? process.stderr;
  const output = lossyOutput(stream, (lines) => at('warn')('lines of the log were lost', { lines }));
  const format = (o.readable ?? stream.isTTY === true) ? readableLine : jsonLine;
  const logger = winston.createLogger({
    level: o.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf((info) => format(o.program, info.level, String(info.message), info.fields)),
    transports: [new winston.transports.Stream({ stream: output.stream })],
  });
  const at = (level: LogLevel) => (message: string, fields?: object) => {
    logger.log({ level, message, fields: fields ?? {} });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    problem: output.problem,
    lost: output.lost,
  };
}

/** @param recovered called when lines are written again after some that were not, with their number */
function lossyOutput(
  stream: Writable,
  recovered: (lost: number) => void,
): { readonly stream: Writable; problem(): string | undefined; lost(): number } {
  let lost = 0;
  let lostBefore = 0;
  let since = '';
  let reason = '';
  neverWait(stream);
  // What fails is told to the callback of each write as well; unheard, the event would end the process.
  stream.on('error', () => {});
  const lose = (why: string) => {
    if (lost === 0) since = new Date().toISOString();
    lost++;
    reason = why;
  };
  const settle = (error: Error | null | undefined) => {
    if (error) return lose(error.message);
    if (lost === 0 || stream.writableLength > mostWaiting / 2) return;
    const before = lost;
    lost = 0;
    lostBefore += before;
    recovered(before);
  };
  const hasRoom = () => !(stream.writableLength > (lost > 0 ? mostWaiting / 2 : mostWaiting));
  const write: Writable['_write'] = (chunk, _encoding, done) => {
    try {
      if (hasRoom()) stream.write(chunk, settle);
      else lose('whoever reads them has stopped reading');
    } catch (error) {
      settle(error as Error);
    }
    done();
  };
  return {
    stream: new Writable({ decodeStrings: false, write }),
    problem: () => (lost === 0 ? undefined : `lines of the log are lost since ${since}: ${reason}`),
    lost: () => lostBefore + lost,
  };
}

/** Node waits for a terminal at each write, so that one on which Ctrl-S was pressed would stop the program. */
function neverWait(stream: Writable): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (on: boolean) => unknown } };
  handle?.setBlocking?.(false);
}

/** A logger that writes nothing; for tests and for libraries that insist on one. */
export function silentLogger(): Logger {
  const nothing = () => {};
  return { debug: nothing, info: nothing, warn: nothing, error: nothing };
}

function jsonLine(program: string, level: string, message: string, fields: unknown): string {
  const fixed = { time: new Date().toISOString(), level, program, message };
  return JSON.stringify({ ...fixed, ...plain(fields), ...fixed });
}

function readableLine(_program: string, level: string, message: string, fields: unknown): string {
  const words = Object.entries(plain(fields)).map(([key, value]) => `${key}=${readableValue(value)}`);
  return [new Date().toISOString().slice(11, 23), level.toUpperCase().padEnd(5), message, ...words].join(' ');
}

function readableValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return /^[^\s"=]+$/.test(text) || typeof value !== 'string' ? text : JSON.stringify(text);
}

/** The longest text of a field, in characters: room for a stack; and how many entries and levels of a list or an object are shown. */
const longestText = 2048;
const mostEntries = 64;
const deepest = 4;

function plain(fields: unknown): Record<string, unknown> {
  return bounded(Object.fromEntries(Object.entries(fields ?? {})), deepest) as Record<string, unknown>;
}

function bounded(value: unknown, depth: number): unknown {
  if (value instanceof Error) return cut(describeError(value));
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return bounded(value.toJSON(), depth - 1);
  const entries: [string, unknown][] = [];
  for (const key in value) {
    if (depth === 0 || entries.length === mostEntries) {
      entries.push(['…', '…']);
      break;
    }
    entries.push([cut(key), bounded((value as Record<string, unknown>)[key], depth - 1)]);
  }
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function cut(text: string): string {
  if (text.length <= longestText) return text;
  // Not through the middle of a surrogate pair.
  return `${text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, '')}… (${text.length} characters)`;
}
