/**
 * Addresses answered by the engine itself, without being on a NIC: `layer2` mode. ARP requests and neighbour solicitations are
 * answered with the NIC's MAC for as long as the group is led here; nothing has to be taken away when the engine dies.
 */

import { answerTo } from '../../../core/neighbor/answer.js';
import { createArpAnswerer } from '../../../core/neighbor/arp-answer.js';
import { never } from '../../../core/time.js';
import { solicitedNodeGroup } from '../../../core/wire/ndp.js';
import { readUint32 } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Ipv6Groups } from '../../../platform/linux/ipv6-groups.js';
import { addressKey } from '../address-key.js';
import type { Kernel } from '../kernel.js';
import { type Answering, type AnsweringEffect, none } from './contract.js';
import { decoded, type HeardFrame } from './heard-frame.js';
import type { NeighborSocket, NeighborSockets } from './neighbor-sockets.js';

interface Answerer {
  readonly heardBy: NeighborSocket;
  /** Where solicitations for the answered IPv6 addresses are sent. */
  readonly groups: Ipv6Groups;
  /** The groups that answer for an address, by `addressKey`. */
  readonly answered: Map<string, { readonly groups: Set<string>; readonly address: Uint8Array }>;
  /** The IPv4 addresses among them, as numbers: looking one up makes no garbage. */
  readonly ipv4: Set<number>;
  readonly answersIpv4: (address: number) => boolean;
}

export interface Responder extends Answering {
  /** Answers a frame that was heard on an interface, if it asks for an address that is answered for there. */
  answer(interfaceIndex: number, heard: HeardFrame): void;
}

/** @param o.macOf the MAC of an interface, undefined when it is gone */
export function createResponder(o: {
  readonly kernel: Pick<Kernel, 'openIpv6Groups'>;
  readonly sockets: NeighborSockets;
  readonly macOf: (interfaceIndex: number) => Uint8Array | undefined;
  /** Whether this node forwards what comes in there. */
  readonly isRouterOn: (interfaceIndex: number) => boolean;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
}): Responder {
  const answerers = new Map<number, Answerer>();
  const arp = createArpAnswerer();
  let fresh: AnsweringEffect[] = [];

  function answererOf(interfaceIndex: number): Answerer {
    const known = answerers.get(interfaceIndex);
    if (known !== undefined) return known;
    const heardBy = o.sockets.open(interfaceIndex, 'responder');
    const groups = o.kernel.openIpv6Groups(interfaceIndex);
    const ipv4 = new Set<number>();
    const answersIpv4 = (address: number) => ipv4.has(address);
    const answerer: Answerer = { heardBy, groups, answered: new Map(), ipv4, answersIpv4 };
    answerers.set(interfaceIndex, answerer);
    return answerer;
  }

  /** The group wants these addresses there, and no others. */
  function keepOnly(interfaceIndex: number, answerer: Answerer, group: string, wants: (key: string) => boolean): void {
    for (const [key, { groups, address }] of answerer.answered) {
      if (wants(key) || !groups.delete(group) || groups.size > 0) continue;
      answerer.answered.delete(key);
      if (address.length === 16) answerer.groups.leave(solicitedNodeGroup(address));
      else answerer.ipv4.delete(readUint32(address, 0));
    }
    if (answerer.answered.size > 0) return;
    o.sockets.close(interfaceIndex, 'responder');
    answerer.groups.close();
    answerers.delete(interfaceIndex);
  }

  function want(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): readonly AnsweringEffect[] {
    let effects: readonly AnsweringEffect[] = none;
    const wanted = new Set(addresses.map(addressKey));
    const [first] = addresses;
    if (first !== undefined) {
      try {
        take(group, interfaceIndex, addresses);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        // The NIC is going: the group will be told to let go.
        effects = [{ type: 'refused', group, address: first, reason: error.message }];
      }
    }
    for (const [index, answerer] of [...answerers]) {
      keepOnly(index, answerer, group, (key) => index === interfaceIndex && wanted.has(key));
    }
    return effects;
  }

  function take(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
    const answerer = answererOf(interfaceIndex);
    const added = addresses.filter((address) => !answerer.answered.get(addressKey(address))?.groups.has(group));
    for (const address of added) {
      const key = addressKey(address);
      const known = answerer.answered.get(key);
      if (address.length === 16 && known === undefined) answerer.groups.join(solicitedNodeGroup(address));
      if (address.length === 4) answerer.ipv4.add(readUint32(address, 0));
      if (known === undefined) answerer.answered.set(key, { groups: new Set([group]), address });
      else known.groups.add(group);
    }
    if (added.length > 0) fresh.push({ type: 'in-place', group, addresses: added });
  }

  function reply(interfaceIndex: number, answerer: Answerer, heard: HeardFrame): void {
    const mac = o.macOf(interfaceIndex);
    if (mac === undefined) return;
    const verdict = arp.answer(heard.octets, heard.length, mac, answerer.answersIpv4);
    if (verdict === 'answered') send(answerer, arp.reply);
    else if (verdict === 'other') replyByDecoding(answerer, mac, o.isRouterOn(interfaceIndex), heard);
    else o.drop(verdict);
  }

  function replyByDecoding(answerer: Answerer, mac: Uint8Array, router: boolean, heard: HeardFrame): void {
    const found = decoded(heard);
    const answer = found.ok
      ? answerTo(found.message, mac, router, (address) => answerer.answered.has(addressKey(address)))
      : found.reason;
    if (typeof answer === 'string') o.drop(answer);
    else send(answerer, answer);
  }

  function send(answerer: Answerer, answer: Uint8Array): void {
    o.count(answerer.heardBy.socket.send(answer, answer.length) === 0 ? 'neighbor_answers_sent' : 'send_failures');
  }

  return {
    want,
    removing: () => false,
    work() {
      if (fresh.length === 0) return none;
      const effects = fresh;
      fresh = [];
      return effects;
    },
    deadline: () => (fresh.length > 0 ? 0 : never),
    refused: () => [],
    held(group) {
      return [...answerers.values()].flatMap((answerer) =>
        [...answerer.answered.values()].filter(({ groups }) => groups.has(group)).map((each) => each.address),
      );
    },
    answer(interfaceIndex, heard) {
      const answerer = answerers.get(interfaceIndex);
      if (answerer !== undefined) reply(interfaceIndex, answerer, heard);
    },
  };
}
