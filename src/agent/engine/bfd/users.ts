/** Users of BFD that speak through message ports, from other threads. */
import { writeSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { wakeBytes } from '../../../platform/linux/wake.js';
import type { BfdCommand, BfdEvent } from './contract.js';
import type { Bfd } from './sessions.js';
import type { BfdUser } from './state.js';

export interface BfdUsers {
  /**
   * @param id the main thread's name for it
   * @param userFd what ends the sleep of a thread without an event loop
   */
  add(id: number, port: MessagePort, userFd?: number): void;
  /** The thread of that user has ended. */
  gone(id: number): void;
  /** Does what users have asked for. */
  obey(): void;
  /** Tells them what has happened. */
  tell(): void;
}

interface Attached {
  readonly port: MessagePort;
  readonly userFd: number | undefined;
  readonly user: BfdUser;
  readonly events: BfdEvent[];
}

export function createBfdUsers(bfd: Pick<Bfd, 'addUser' | 'obey'>): BfdUsers {
  const all = new Map<number, Attached>();

  function gone(id: number): void {
    const known = all.get(id);
    if (known === undefined) return;
    all.delete(id);
    bfd.obey(known.user, { type: 'close' });
    known.port.close();
  }

  return {
    add(id, port, userFd) {
      const events: BfdEvent[] = [];
      all.set(id, { port, userFd, user: bfd.addUser((event) => events.push(event)), events });
    },
    gone,
    obey() {
      for (const [id, { port, user }] of all) {
        for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
          const command = message.message as BfdCommand;
          if (command.type === 'close') gone(id);
          else bfd.obey(user, command);
        }
      }
    },
    tell() {
      for (const { port, userFd, events } of all.values()) {
        if (events.length === 0) continue;
        port.postMessage(events.splice(0));
        if (userFd !== undefined) writeSync(userFd, wakeBytes);
      }
    },
  };
}
