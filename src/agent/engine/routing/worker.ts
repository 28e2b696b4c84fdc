/**
 * The thread of routing protocols. Like the engine's it never returns to an event loop: it waits in ppoll(2) for octets, a command or a
 * deadline, takes a turn, and waits again. But it has no part in what must happen within milliseconds, and so no priority.
 */
import '../../../platform/v8/node-start.js';

import { writeSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMicros } from '../../../platform/linux/clock.js';
import { openPoller } from '../../../platform/linux/poller.js';
import { openRtnetlink } from '../../../platform/linux/rtnetlink.js';
import { openWake, wakeBytes } from '../../../platform/linux/wake.js';
import type { BfdLink } from '../bfd/client.js';
import type { BfdEvent } from '../bfd/contract.js';
import { acceptDeadline, openAccepting, resumeAccepting } from './accepting.js';
import { hearBfd, linkBfd } from './bfd.js';
import { keepCheckpoint, readBootId, readCheckpoint } from './checkpoint.js';
import { closeLingering, endLingering, lingerDeadline, openConnections } from './connections.js';
import type { RoutingCommand, RoutingEvent, RoutingStart } from './contract.js';
import { closeNetwork, networkDeadline, networkTurn, openNetwork } from './locate/network.js';
import { networkChanged } from './relocation.js';
import { closeSpeaker, createSpeaker, obey, speakerDeadline, turn } from './speaker.js';
import type { Speaker } from './state.js';
import { tcpWorld } from './tcp-world.js';

run(workerData as RoutingStart);

function run({ port, pulse, checkpointFile }: RoutingStart): void {
  const beats = new Int32Array(pulse);
  const events: RoutingEvent[] = [];
  const emit = (event: RoutingEvent) => {
    events.push(event);
  };
  const poller = openPoller();
  const wake = openWake();
  const connections = openConnections(poller, monotonicMicros);
  const accepting = openAccepting(poller, monotonicMicros);
  let bfd: BfdLink | undefined;
  const rtnetlink = openRtnetlink();
  const network = openNetwork(poller, monotonicMicros, rtnetlink, (change) => networkChanged(speaker, change === 'up'));
  const speaker: Speaker = createSpeaker(
    {
      ...tcpWorld(connections, accepting, network),
      keep: (checkpoint) => keepCheckpoint(checkpointFile, checkpoint, emit),
      bfd(command) {
        if (!bfd) return;
        bfd.port.postMessage(command);
        writeSync(bfd.wakeFd, wakeBytes);
      },
    },
    readBootId(),
    readCheckpoint(checkpointFile, emit),
    emit,
  );
  poller.add(wake.fd, wake.drain);
  port.postMessage([{ type: 'started', wakeFd: wake.fd } satisfies RoutingEvent]);
  try {
    while (Atomics.load(beats, 1) === 0) {
      const deadline = Math.min(
        speakerDeadline(speaker),
        lingerDeadline(connections),
        acceptDeadline(accepting),
        networkDeadline(network),
      );
      poller.wait(deadline - monotonicMicros());
      Atomics.add(beats, 0, 1);
      for (const event of bfd ? received<readonly BfdEvent[]>(bfd.port).flat() : []) hearBfd(speaker, event);
      for (const command of received<RoutingCommand>(port)) {
        if (command.type === 'bfd') {
          bfd = command.link;
          linkBfd(speaker);
        } else {
          obey(speaker, command);
        }
      }
      networkTurn(network);
      resumeAccepting(accepting);
      turn(speaker);
      endLingering(connections);
      if (events.length > 0) port.postMessage(events.splice(0));
    }
  } finally {
    // Descriptors belong to the process: what a thread leaves open, a port for instance, the next one cannot have.
    closeSpeaker(speaker);
    closeLingering(connections);
    closeNetwork(network);
    rtnetlink.close();
  }
}

/** What waits at a port. */
function received<T>(port: MessagePort): T[] {
  const all: T[] = [];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) all.push(next.message as T);
  return all;
}
