/**
 * What an agent tells the service manager that started it: when it is ready, reads again, stops, and that its engine moves.
 *
 * A manager that is told nothing for as long as it said ends the agent; so it is told only while the engine moves, as `/healthz` is. It
 * may be slow to read: what could not be sent is sent with the next beat, and nobody waits for it.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3).
 */
import { errnoName, errnoOf } from '../platform/linux/errno.js';
import { isUnixName, openUnixDatagrams, type UnixDatagrams } from '../platform/linux/unix-datagram.js';
import type { Logger } from '../platform/observability/log.js';

/** How often the manager is told how the agent is, when it does not want to hear more often. */
const beatMs = 5_000;
/** A text for people is one line, of this many characters at most. */
const longestStatus = 300;

export interface ServiceManager {
  /** The agent does what it is for. Begins to say so regularly. */
  ready(): void;
  /** What it goes by is read again. Gives what `read` gives. */
  reload<T>(read: () => Promise<T>): Promise<T>;
  stopping(): void;
  close(): void;
}

/** What a manager has told of itself. */
export interface Asked {
  /** The name of its socket, as the kernel has it. */
  readonly socket: string;
  /** How long it waits for a sign of life, in milliseconds; undefined: it does not. */
  readonly watchdogMs: number | undefined;
}

/** What stands in the variables of the agent; undefined when no manager wants to be told, a text when it cannot be. */
export function askedBy(env: Readonly<Record<string, string | undefined>>, pid: number): Asked | string | undefined {
  const { NOTIFY_SOCKET: name, WATCHDOG_USEC: wait, WATCHDOG_PID: whose } = env;
  if (name === undefined || name === '') return undefined;
  const socket = name.replace(/^@/, '\0');
  if (!isUnixName(socket))
    return `NOTIFY_SOCKET=${name}: it must be an absolute path, or @ and an abstract name, of 107 bytes at most`;
  const isMine = whose === undefined || whose === '' || whose === String(pid);
  const watchdogMs = isMine && wait !== undefined && /^[1-9]\d{0,15}$/.test(wait) ? Number(wait) / 1_000 : undefined;
  return { socket, watchdogMs };
}

/**
 * Takes the variables out of `env`: programs of checks and hooks are no part of it.
 *
 * @param o.problem what is wrong with the engine; undefined while it moves
 * @param o.status a line for people
 * @returns one that tells nobody, where no manager wants to be told
 */
export function openServiceManager(o: {
  readonly env: Record<string, string | undefined>;
  readonly log: Pick<Logger, 'warn'>;
  readonly problem: () => string | undefined;
  readonly status: () => string;
}): ServiceManager {
  const asked = askedBy(o.env, process.pid);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete o.env[name];
  if (typeof asked === 'string') o.log.warn('the service manager cannot be told', { problem: asked });
  if (asked === undefined || typeof asked === 'string') return nobody;
  const teller = newTeller(openUnixDatagrams(asked.socket), o.log);
  let stage: 'starting' | 'ready' | 'stopping' = 'starting';
  let beating: NodeJS.Timeout | undefined;
  const beat = () => tell(teller, beatLines(asked, o.problem(), stage === 'stopping' ? 'handing over' : o.status()));
  return {
    ready() {
      stage = 'ready';
      tell(teller, ['READY=1']);
      beat();
      beating = setInterval(beat, beatEveryMs(asked)).unref();
    },
    async reload(read) {
      if (stage === 'ready') tell(teller, reloadingLines(process.hrtime.bigint()));
      try {
        return await read();
      } finally {
        if (stage === 'ready') tell(teller, ['READY=1', statusLine(o.status())]);
      }
    },
    stopping() {
      stage = 'stopping';
      tell(teller, ['STOPPING=1', 'STATUS=handing over']);
    },
    close() {
      clearInterval(beating);
      teller.datagrams.close();
    },
  };
}

const nobody: ServiceManager = { ready() {}, reload: (read) => read(), stopping() {}, close() {} };

/** Four times within the manager's patience. */
export function beatEveryMs({ watchdogMs = Number.POSITIVE_INFINITY }: Asked): number {
  return Math.max(1, Math.min(beatMs, Math.floor(watchdogMs / 4)));
}

/** What is said at a beat. A manager whose patience nobody keeps up ends the agent: so not while the engine stands still. */
export function beatLines({ watchdogMs }: Asked, problem: string | undefined, status: string): readonly string[] {
  return [statusLine(problem ?? status), ...(watchdogMs === undefined || problem !== undefined ? [] : ['WATCHDOG=1'])];
}

function statusLine(text: string): string {
  return `STATUS=${text.replace(/\s+/g, ' ').slice(0, longestStatus)}`;
}

/** @param nanos of the monotonic clock, by which the manager tells this reading from one before it asked */
export function reloadingLines(nanos: bigint): readonly string[] {
  return ['RELOADING=1', `MONOTONIC_USEC=${nanos / 1_000n}`, 'STATUS=reading again'];
}

/** What has been said, and what is still to be said. */
export interface Teller {
  readonly datagrams: Pick<UnixDatagrams, 'send' | 'close'>;
  readonly log: Pick<Logger, 'warn'>;
  /** By the name of the variable, the last that is to be said. */
  readonly unsent: Map<string, string>;
  /** The errno of the last failure that was told. */
  failed: number;
}

export function newTeller(datagrams: Teller['datagrams'], log: Teller['log']): Teller {
  return { datagrams, log, unsent: new Map(), failed: 0 };
}

/** Says all that is to be said, in one datagram. */
export function tell(teller: Teller, lines: readonly string[]): void {
  const { datagrams, log, unsent } = teller;
  const named = lines.map((line) => [line.slice(0, line.indexOf('=')), line] as const);
  // Of two states that it has not heard of, only the later is true.
  if (named.some(([name]) => states.includes(name))) for (const each of states) unsent.delete(each);
  for (const [name, line] of named) unsent.set(name, line);
  const result = datagrams.send(Buffer.from([...unsent.values()].join('\n')));
  if (result === 0) unsent.clear();
  else if (result !== teller.failed && result !== -errnoOf('EAGAIN'))
    log.warn('the service manager cannot be told', { problem: errnoName(result) });
  teller.failed = result;
}

const states: readonly string[] = ['READY', 'RELOADING', 'STOPPING', 'MONOTONIC_USEC'];
