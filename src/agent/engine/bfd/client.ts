import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { wakeBytes } from '../../../platform/linux/wake.js';
import type { BfdCommand, BfdEvent } from './contract.js';

/** One end of the channel between a user of BFD and the engine. Survives structured cloning with `port` in the transfer list. */
export interface BfdLink {
  readonly port: MessagePort;
  /** What ends the engine's sleep. */
  readonly wakeFd: number;
}

export interface BfdClient {
  send(command: BfdCommand): void;
  /** The sessions of this user are wanted no more, and nothing is told any more. */
  close(): void;
}

/**
 * The user's side of BFD, on a thread with an event loop. Should the thread end without `close`, whoever started it says so to the engine.
 *
 * @param onEvent in the order in which things happened
 */
export function createBfdClient({ port, wakeFd }: BfdLink, onEvent: (event: BfdEvent) => void): BfdClient {
  port.on('message', (events: readonly BfdEvent[]) => {
    for (const event of events) onEvent(event);
  });
  const send = (command: BfdCommand) => {
    port.postMessage(command);
    writeSync(wakeFd, wakeBytes);
  };
  return {
    send,
    close() {
      send({ type: 'close' });
      port.close();
    },
  };
}
