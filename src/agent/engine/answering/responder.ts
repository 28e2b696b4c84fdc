/**
 * Addresses answered by the engine itself, without being on a NIC: `layer2` mode. ARP requests and neighbour solicitations are
 * answered with the NIC's MAC for as long as the group is led here; nothing has to be taken away when the engine dies.
 */
import { never } from '../../../core/time.js';
import { type Answering, type AnsweringEffect, none } from './contract.js';
import type { HeardFrame } from './heard-frame.js';
import { reply } from './responder/reply.js';
import { newResponderState, type ResponderState } from './responder/state.js';
import { want } from './responder/want.js';

export interface Responder extends Answering {
  /** Answers a frame that was heard on an interface, if it asks for an address that is answered for there. */
  answer(interfaceIndex: number, heard: HeardFrame): void;
}

export function createResponder(o: Parameters<typeof newResponderState>[0]): Responder {
  const r = newResponderState(o);
  return {
    want: (group, interfaceIndex, addresses) => want(r, group, interfaceIndex, addresses),
    removing: () => false,
    work: () => work(r),
    deadline: () => (r.fresh.length > 0 ? 0 : never),
    refused: () => [],
    held: (group) => held(r, group),
    answer(interfaceIndex, heard) {
      const answerer = r.answerers.get(interfaceIndex);
      if (answerer !== undefined) reply(r, interfaceIndex, answerer, heard);
    },
  };
}

function work(r: ResponderState): readonly AnsweringEffect[] {
  if (r.fresh.length === 0) return none;
  const effects = r.fresh;
  r.fresh = [];
  return effects;
}

function held({ answerers }: ResponderState, group: string): readonly Uint8Array[] {
  return [...answerers.values()].flatMap((answerer) =>
    [...answerer.answered.values()].filter(({ groups }) => groups.has(group)).map((each) => each.address),
  );
}
