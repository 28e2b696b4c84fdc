/**
 * The thread of routing protocols as the main thread sees it: start it, command it, hear from it, notice when it is gone.
 */
import { writeSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { wakeBytes } from '../platform/linux/wake.js';
import type { BfdLink } from './engine/bfd/client.js';
import type { RoutingCommand, RoutingEvent, RoutingStart } from './engine/routing/contract.js';

// The addon must be mapped by this thread, too: Node unmaps it with the last environment that loaded it.
import '../platform/linux/sys.js';

export interface RoutingThread {
  /** Has it do something. After its end this does nothing. */
  command(command: Exclude<RoutingCommand, { type: 'bfd' }>): void;
  /** Gives it a way to BFD: what `connectBfd` of the engine's thread made for `wakeFd`. Should that thread end, the next one's is given. */
  connectBfd(link: BfdLink): void;
  /** What ends its sleep, when written to. It stays open for as long as this process lives, whatever becomes of the thread. */
  readonly wakeFd: number;
  /** How many turns it has taken: at least one each second. */
  turns(): number;
  /** Ends it; connections that still stand are closed without a word. Resolves when it has ended. */
  end(): Promise<void>;
}

/**
 * Starts the thread. Resolves once it listens for commands.
 *
 * @param checkpointFile what this process leaves to the next one on the node: a file that survives it, in a folder that exists
 * @param on.event everything the thread says but `started`
 * @param on.end the thread ended, for the reason given, though nobody wanted it to. The rest of the agent can go on, and start another
 */
export function startRoutingThread(
  checkpointFile: string,
  on: {
    readonly event: (event: RoutingEvent) => void;
    readonly end: (reason: Error) => void;
  },
): Promise<RoutingThread> {
  const { port1: port, port2 } = new MessageChannel();
  const pulse = new SharedArrayBuffer(8);
  const beats = new Int32Array(pulse);
  const worker = new Worker(new URL('./engine/routing/worker.js', import.meta.url), {
    workerData: { port: port2, pulse, checkpointFile } satisfies RoutingStart,
    transferList: [port2],
    name: 'routing',
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let wakeFd = -1;
  let over = false;
  let wanted = false;

  const send = (command: RoutingCommand, transfer: readonly MessagePort[] = []) => {
    if (over) return;
    port.postMessage(command, transfer);
    writeSync(wakeFd, wakeBytes);
  };
  const thread: RoutingThread = {
    command: (command) => send(command),
    connectBfd: (link) => send({ type: 'bfd', link }, [link.port]),
    get wakeFd() {
      return wakeFd;
    },
    turns: () => Atomics.load(beats, 0),
    end() {
      wanted = true;
      Atomics.store(beats, 1, 1);
      if (!over) writeSync(wakeFd, wakeBytes);
      return ended;
    },
  };
  return new Promise((resolve, reject) => {
    const end = (reason: Error) => {
      if (over) return;
      over = true;
      port.close();
      reject(reason);
      if (!wanted) on.end(reason);
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`the routing thread ended with code ${code}`)));
    port.on('message', (events: readonly RoutingEvent[]) => {
      for (const event of events) {
        if (event.type === 'started') {
          wakeFd = event.wakeFd;
          resolve(thread);
        } else {
          on.event(event);
        }
      }
    });
  });
}
