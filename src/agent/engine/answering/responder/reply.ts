/** Replies to frames that ask for an address which is answered for. */
import { answerTo } from '../../../../core/neighbor/answer.js';
import { addressKey } from '../../address-key.js';
import { decoded, type HeardFrame } from '../heard-frame.js';
import type { Answerer, ResponderState } from './state.js';

export function reply(r: ResponderState, interfaceIndex: number, answerer: Answerer, heard: HeardFrame): void {
  const mac = r.macOf(interfaceIndex);
  if (mac === undefined) return;
  const verdict = r.arp.answer(heard.octets, heard.length, mac, answerer.answersIpv4);
  if (verdict === 'answered') send(r, answerer, r.arp.reply);
  else if (verdict === 'other') replyByDecoding(r, answerer, mac, r.isRouterOn(interfaceIndex), heard);
  else r.drop(verdict);
}

function replyByDecoding(
  r: ResponderState,
  answerer: Answerer,
  mac: Uint8Array,
  router: boolean,
  heard: HeardFrame,
): void {
  const found = decoded(heard);
  const answer = found.ok
    ? answerTo(found.message, mac, router, (address) => answerer.answered.has(addressKey(address)))
    : found.reason;
  if (typeof answer === 'string') r.drop(answer);
  else send(r, answerer, answer);
}

function send({ count }: ResponderState, { heardBy }: Answerer, answer: Uint8Array): void {
  count(heardBy.socket.send(answer, answer.length) === 0 ? 'neighbor_answers_sent' : 'send_failures');
}
