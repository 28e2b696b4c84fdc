/** ARP and neighbour discovery that wait on NICs: each frame is read once, for all that need to hear it. */
import type { EngineState } from './state.js';

/** Frames of one NIC per turn: adverts that fall due wait for at most about a millisecond. */
const framesPerTurn = 128;

export function hearNeighbors({ kernel, neighborFrame, parts }: EngineState): void {
  const now = kernel.now();
  for (const each of parts.neighborSockets.all()) {
    for (let taken = 0; each.readable && taken < framesPerTurn; taken++) {
      const length = each.socket.receive(neighborFrame);
      if (length === 0) {
        each.readable = false;
        break;
      }
      parts.responder.answer(each.interfaceIndex, neighborFrame, length);
      parts.conflicts.hear(each.interfaceIndex, neighborFrame, length, now);
    }
  }
}
