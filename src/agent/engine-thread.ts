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
  groupsAtOnce,
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
}

/**
 * Starts the engine. Resolves once it listens for commands.
 *
 * @param settingsFile where changed settings of the host are noted
 * @param on.event everything the engine says but `report`, `figures` and `released`
 * @param on.end the engine ended, for the reason given: the agent cannot go on
 */
export function startEngineThread(
  settingsFile: string,
  on: {
    readonly event: (event: EngineEvent) => void;
    readonly end: (reason: Error) => void;
  },
): Promise<EngineThread> {
  collectAlone();
  const { port1: port, port2 } = new MessageChannel();
  const pulse = new SharedArrayBuffer(12);
  const beats = new Int32Array(pulse);
  const asked = new Map<number, Asked>();
  const releases: (() => void)[] = [];
  let wakeFd = -1;
  let nextQuestion = 0;
  let over = false;
  const worker = new Worker(new URL('./engine/worker.js', import.meta.url), {
    workerData: { port: port2, pulse, settingsFile } satisfies EngineStart,
    transferList: [port2],
    name: 'engine',
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
  });

  let nextBfdUser = 0;
  const send = (command: Command, transfer: readonly MessagePort[] = []) => {
    port.postMessage(command, transfer);
    writeSync(wakeFd, wakeBytes);
  };
  function ask<T>(question: (id: number) => Command): Promise<T> {
    const id = nextQuestion++;
    const answer = new Promise<T>((resolve, reject) => {
      asked.set(id, { resolve: resolve as Asked['resolve'], reject });
    });
    send(question(id));
    return answer;
  }

  const answer = (id: number, said: EngineReport | EngineFigures) => {
    asked.get(id)?.resolve(said);
    asked.delete(id);
  };

  const thread: EngineThread = {
    configure: (set, release) => send({ type: 'configure', set, release }),
    shutdown(immediate) {
      const released = new Promise<void>((resolve) => {
        releases.push(resolve);
      });
      send({ type: 'shutdown', immediate });
      return released;
    },
    report: (members) => ask((id) => ({ type: 'report', id, members })),
    figures: async () => {
      const parts: EngineFigures[] = [];
      do parts.push(await ask((id) => ({ type: 'figures', id, from: parts.length * groupsAtOnce })));
      while (parts.at(-1)!.groups.names.length === groupsAtOnce);
      return { ...parts.at(-1)!, groups: joined(parts.map(({ groups }) => groups)) };
    },
    connectBfd(userFd) {
      const id = nextBfdUser++;
      const channel = new MessageChannel();
      send({ type: 'bfd-user', id, port: channel.port1, userFd }, [channel.port1]);
      return { link: { port: channel.port2, wakeFd }, ended: () => send({ type: 'bfd-user-gone', id }) };
    },
    turns: () => Atomics.load(beats, 0),
    endNow() {
      if (over || Atomics.compareExchange(beats, 1, phase.running, phase.ending) !== phase.running) return;
      if (wakeFd < 0) return;
      writeSync(wakeFd, wakeBytes);
      // A process that exits stops its threads wherever they are.
      Atomics.wait(beats, 1, phase.ending, endBoundMs);
    },
  };

  return new Promise((resolve, reject) => {
    const end = (reason: Error) => {
      if (over) return;
      over = true;
      for (const { reject: fail } of asked.values()) fail(reason);
      port.close();
      reject(reason);
      on.end(reason);
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`the engine thread ended with code ${code}`)));
    port.on('message', (events: readonly EngineEvent[]) => {
      Atomics.add(beats, 2, 1);
      for (const event of events) {
        if (event.type === 'report') {
          answer(event.id, event.report);
        } else if (event.type === 'figures') {
          answer(event.id, event.figures);
        } else if (event.type === 'released') {
          for (const released of releases.splice(0)) released();
        } else {
          if (event.type === 'started') {
            wakeFd = event.wakeFd;
            resolve(thread);
          }
          on.event(event);
        }
      }
    });
  });
}

function joined(parts: readonly GroupColumns[]): GroupColumns {
  return {
    names: parts.flatMap((each) => each.names),
    states: parts.flatMap((each) => each.states),
    priorities: parts.flatMap((each) => each.priorities),
    held: parts.flatMap((each) => each.held),
    leaderships: parts.flatMap((each) => each.leaderships),
    led: parts.flatMap((each) => each.led),
    reasons: parts.flatMap((each) => each.reasons),
  };
}
