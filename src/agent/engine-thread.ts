/**
 * The engine's thread as the main thread sees it: start it, command it, hear from it, notice when it is gone.
 */
import { writeSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { wakeBytes } from '../platform/linux/wake.js';
import { collectAlone } from './collect-alone.js';
import type { BfdLink } from './engine/bfd/client.js';
import {
  type Command,
  type EngineEvent,
  type EngineFigures,
  type EngineReport,
  type EngineStart,
  type GroupColumns,
  type GroupConfig,
  phase,
  type ReportedMembers,
} from './engine/messages.js';

// The addon must be mapped by this thread, too: Node unmaps it with the last environment that loaded it.
import '../platform/linux/sys.js';

/** Letting go at once takes the engine some milliseconds. */
const endBoundMs = 500;

export interface EngineThread {
  configure(set: readonly GroupConfig[], release: readonly string[]): void;
  /** Releases every group; resolves when all is let go. Call again with `immediate` to stop waiting for successors. */
  shutdown(immediate: boolean): Promise<void>;
  /** Resolves with the engine's state; rejects when the engine ends before it answers. */
  report(members: ReportedMembers): Promise<EngineReport>;
  /** The same, with what a scrape shows: of all groups, but some at a time, so that the engine does other things meanwhile. */
  figures(): Promise<EngineFigures>;
  /**
   * A way for another thread to have BFD sessions. Its `link` goes to that thread, the port in the transfer list; `ended` is to be called when
   * that thread is no more.
   *
   * @param userFd what wakes that thread if it has no event loop; it must stay open for as long as the engine runs
   */
  connectBfd(userFd?: number): { readonly link: BfdLink; ended(): void };
  /** How many turns the engine has taken: it takes at least one each second. */
  turns(): number;
  /** Ends the thread, from an `exit` handler: what it holds is let go of at once. Waits for that, not for long. */
  endNow(): void;
}

/** Who waits for an answer of the engine. */
interface Asked {
  resolve(said: EngineReport | EngineFigures): void;
  reject(error: Error): void;
  /** What was told of groups so far. */
  readonly groups: GroupColumns[];
}

/** Who hears of the engine. */
interface Listener {
  /** Everything that it says but what was asked for. */
  readonly event: (event: EngineEvent) => void;
  /** It ended, for the reason given: the agent cannot go on. */
  readonly end: (reason: Error) => void;
}

interface Thread {
  readonly on: Listener;
  readonly port: MessagePort;
  /** As `EngineStart.pulse` has them. */
  readonly beats: Int32Array;
  readonly asked: Map<number, Asked>;
  /** Who waits until all groups are released. */
  readonly releases: (() => void)[];
  /** -1: it has not started. */
  wakeFd: number;
  /** Numbers that were given out. */
  questions: number;
  bfdUsers: number;
  over: boolean;
}

/**
 * Starts the engine. Resolves once it listens for commands.
 *
 * @param settingsFile where changed settings of the host are noted
 */
export function startEngineThread(settingsFile: string, on: Listener): Promise<EngineThread> {
  collectAlone();
  const { port1: port, port2 } = new MessageChannel();
  const pulse = new SharedArrayBuffer(12);
  const worker = new Worker(new URL('./engine/worker.js', import.meta.url), {
    workerData: { port: port2, pulse, settingsFile } satisfies EngineStart,
    transferList: [port2],
    name: 'engine',
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
  });
  const t: Thread = {
    on,
    port,
    beats: new Int32Array(pulse),
    asked: new Map(),
    releases: [],
    wakeFd: -1,
    questions: 0,
    bfdUsers: 0,
    over: false,
  };
  return new Promise((resolve, reject) => {
    const ended = (reason: Error) => {
      reject(reason);
      end(t, reason);
    };
    worker.on('error', ended);
    worker.on('exit', (code) => ended(new Error(`the engine thread ended with code ${code}`)));
    port.on('message', (events: readonly EngineEvent[]) => {
      Atomics.add(t.beats, 2, 1);
      for (const event of events) {
        hear(t, event);
        if (event.type === 'started') resolve(handleOf(t));
      }
    });
  });
}

function handleOf(t: Thread): EngineThread {
  return {
    configure: (set, release) => send(t, { type: 'configure', set, release }),
    shutdown(immediate) {
      const released = new Promise<void>((resolve) => {
        t.releases.push(resolve);
      });
      send(t, { type: 'shutdown', immediate });
      return released;
    },
    report: (members) => ask(t, (id) => ({ type: 'report', id, members })),
    figures: () => ask(t, (id) => ({ type: 'figures', id })),
    connectBfd(userFd) {
      const id = t.bfdUsers++;
      const channel = new MessageChannel();
      send(t, { type: 'bfd-user', id, port: channel.port1, userFd }, [channel.port1]);
      return {
        link: { port: channel.port2, wakeFd: t.wakeFd },
        ended: () => send(t, { type: 'bfd-user-gone', id }),
      };
    },
    turns: () => Atomics.load(t.beats, 0),
    endNow: () => endNow(t),
  };
}

function send({ port, wakeFd }: Thread, command: Command, transfer: readonly MessagePort[] = []): void {
  port.postMessage(command, transfer);
  writeSync(wakeFd, wakeBytes);
}

function ask<T extends EngineReport | EngineFigures>(t: Thread, question: (id: number) => Command): Promise<T> {
  const id = t.questions++;
  const answer = new Promise<T>((resolve, reject) => {
    t.asked.set(id, { resolve: resolve as Asked['resolve'], reject, groups: [] });
  });
  send(t, question(id));
  return answer;
}

function hear(t: Thread, event: EngineEvent): void {
  switch (event.type) {
    case 'report':
      answer(t, event.id, () => event.report);
      break;
    case 'group-figures':
      t.asked.get(event.id)?.groups.push(event.groups);
      break;
    case 'figures':
      answer(t, event.id, (groups) => ({ ...event.figures, groups: joined(groups) }));
      break;
    case 'released':
      for (const released of t.releases.splice(0)) released();
      break;
    case 'started':
      t.wakeFd = event.wakeFd;
      t.on.event(event);
      break;
    default:
      t.on.event(event);
  }
}

function answer(t: Thread, id: number, said: (groups: readonly GroupColumns[]) => EngineReport | EngineFigures): void {
  const asked = t.asked.get(id);
  asked?.resolve(said(asked.groups));
  t.asked.delete(id);
}

function end(t: Thread, reason: Error): void {
  if (t.over) return;
  t.over = true;
  for (const { reject } of t.asked.values()) reject(reason);
  t.port.close();
  t.on.end(reason);
}

function endNow({ over, beats, wakeFd }: Thread): void {
  if (over || Atomics.compareExchange(beats, 1, phase.running, phase.ending) !== phase.running) return;
  if (wakeFd < 0) return;
  writeSync(wakeFd, wakeBytes);
  // A process that exits stops its threads wherever they are.
  Atomics.wait(beats, 1, phase.ending, endBoundMs);
}

function joined(parts: readonly GroupColumns[]): GroupColumns {
  const figures = (of: (part: GroupColumns) => Float64Array) => {
    const all = new Float64Array(parts.reduce((sum, part) => sum + of(part).length, 0));
    parts.map(of).reduce((at, list) => {
      all.set(list, at);
      return at + list.length;
    }, 0);
    return all;
  };
  return {
    names: parts.flatMap(({ names }) => names),
    states: figures(({ states }) => states),
    priorities: figures(({ priorities }) => priorities),
    held: figures(({ held }) => held),
    leaderships: figures(({ leaderships }) => leaderships),
    led: figures(({ led }) => led),
    reasons: parts.flatMap(({ reasons }) => reasons),
  };
}
