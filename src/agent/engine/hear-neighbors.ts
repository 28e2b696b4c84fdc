/** ARP and neighbour discovery that wait on NICs: each frame is read once, for all that need to hear it. */
import { perform } from './perform.js';
import type { EngineState } from './state.js';

/** Frames of one NIC per turn: adverts that fall due wait for at most about a millisecond. */
const framesPerTurn = 128;

export function hearNeighbors(e: EngineState): void {
  const { kernel, neighborFrame, parts } = e;
  const now = kernel.now();
  for (const each of parts.neighborSockets.all()) {
    for (let taken = 0; each.readable && taken < framesPerTurn; taken++) {
      const length = each.socket.receive(neighborFrame);
      if (length === 0) {
        each.readable = false;
        break;
      }
      parts.responder.answer(each.interfaceIndex, neighborFrame, length);
      perform(e, parts.conflicts.hear(each.interfaceIndex, neighborFrame, length, now), now);
    }
  }
}
