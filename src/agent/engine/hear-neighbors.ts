/** ARP and neighbour discovery that wait on NICs: each frame is read and decoded once, for all that need to hear it. */
import type { Micros } from '../../core/time.js';
import type { NeighborSocket } from './answering/neighbor-sockets.js';
import { perform } from './perform.js';
import type { EngineState } from './state.js';

/** Frames of one NIC per turn: adverts that fall due wait for at most about a millisecond. */
const framesPerTurn = 128;

export function hearNeighbors(e: EngineState): void {
  for (const each of e.parts.neighborSockets.all()) if (each.readable) hear(e, each, e.kernel.now());
}

function hear(e: EngineState, from: NeighborSocket, now: Micros): void {
  const { neighborFrame: heard, parts } = e;
  for (let taken = 0; taken < framesPerTurn; taken++) {
    heard.length = from.socket.receive(heard.octets);
    heard.decoded = undefined;
    if (heard.length === 0) {
      from.readable = false;
      return;
    }
    parts.responder.answer(from.interfaceIndex, heard);
    perform(e, parts.conflicts.hear(from.interfaceIndex, heard, now), now);
  }
}
