/**
 * Addresses answered by the engine itself, without being on a NIC: `layer2` mode. ARP requests and neighbour solicitations are
 * answered with the NIC's MAC for as long as the group is led here; nothing has to be taken away when the engine dies.
 */

import { answerTo } from '../../../core/neighbor/answer.js';
import { createArpAnswerer } from '../../../core/neighbor/arp-answer.js';
import { never } from '../../../core/time.js';
import { solicitedNodeGroup } from '../../../core/wire/ndp.js';
import { decodeNeighborFrame } from '../../../core/wire/neighbor-frame.js';
import { readUint32 } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Ipv6Groups } from '../../../platform/linux/ipv6-groups.js';
import type { PacketSocket } from '../../../platform/linux/packet-socket.js';
import { addressKey } from '../address-key.js';
import type { Kernel } from '../kernel.js';
import type { Answering, AnsweringResults } from './contract.js';

/** Questions of one NIC per turn: adverts that fall due wait for at most about a millisecond. */
const questionsPerTurn = 128;

interface Ear {
  readonly socket: PacketSocket;
  /** Where solicitations for the answered IPv6 addresses are sent. */
  readonly groups: Ipv6Groups;
  /** The group that answers for an address, by `addressKey`. */
  readonly answered: Map<string, { readonly group: string; readonly address: Uint8Array }>;
  /** The IPv4 addresses among them, as numbers: looking one up makes no garbage. */
  readonly ipv4: Set<number>;
  readonly answersIpv4: (address: number) => boolean;
  readable: boolean;
}

export interface Responder extends Answering {
  /** Answers the questions that wait, up to a bound for each NIC. */
  answer(): void;
}

/** @param o.macOf the MAC of an interface, undefined when it is gone */
export function createResponder(o: {
  readonly kernel: Pick<Kernel, 'openPacketSocket' | 'discard' | 'openIpv6Groups' | 'poller'>;
  readonly macOf: (interfaceIndex: number) => Uint8Array | undefined;
  /** Whether this node forwards what comes in there. */
  readonly isRouterOn: (interfaceIndex: number) => boolean;
  readonly results: AnsweringResults;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
}): Responder {
  const ears = new Map<number, Ear>();
  const frame = new Uint8Array(2048);
  const arp = createArpAnswerer();
  const fresh: { group: string; interfaceIndex: number; addresses: Uint8Array[] }[] = [];

  function earOf(interfaceIndex: number): Ear {
    const known = ears.get(interfaceIndex);
    if (known !== undefined) return known;
    const socket = o.kernel.openPacketSocket({ interfaceIndex, filter: 'neighbor', multicast: [] });
    const groups = o.kernel.openIpv6Groups(interfaceIndex);
    const ipv4 = new Set<number>();
    const answersIpv4 = (address: number) => ipv4.has(address);
    const ear: Ear = { socket, groups, answered: new Map(), ipv4, answersIpv4, readable: false };
    o.kernel.poller.add(socket.fd, () => {
      ear.readable = true;
    });
    ears.set(interfaceIndex, ear);
    return ear;
  }

  function forget(interfaceIndex: number, ear: Ear, keep: (key: string, group: string) => boolean): void {
    for (const [key, { group, address }] of ear.answered) {
      if (keep(key, group)) continue;
      ear.answered.delete(key);
      if (address.length === 16) ear.groups.leave(solicitedNodeGroup(address));
      else ear.ipv4.delete(readUint32(address, 0));
    }
    if (ear.answered.size > 0) return;
    o.kernel.poller.remove(ear.socket.fd);
    o.kernel.discard(ear.socket);
    ear.groups.close();
    ears.delete(interfaceIndex);
  }

  function want(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
    const wanted = new Set(addresses.map(addressKey));
    const [first] = addresses;
    if (first !== undefined) {
      try {
        take(group, interfaceIndex, addresses);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        o.results.refused(group, first, error.message); // the NIC is going: the group will be told to let go
      }
    }
    for (const [index, ear] of [...ears]) {
      forget(index, ear, (key, owner) => owner !== group || (index === interfaceIndex && wanted.has(key)));
    }
  }

  function take(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
    const ear = earOf(interfaceIndex);
    const added = addresses.filter((address) => ear.answered.get(addressKey(address))?.group !== group);
    for (const address of added) {
      const key = addressKey(address);
      if (address.length === 16 && !ear.answered.has(key)) ear.groups.join(solicitedNodeGroup(address));
      if (address.length === 4) ear.ipv4.add(readUint32(address, 0));
      ear.answered.set(key, { group, address });
    }
    if (added.length > 0) fresh.push({ group, interfaceIndex, addresses: added });
  }

  function reply(interfaceIndex: number, ear: Ear, length: number): void {
    const mac = o.macOf(interfaceIndex);
    if (mac === undefined) return;
    const verdict = arp.answer(frame, length, mac, ear.answersIpv4);
    if (verdict === 'answered') send(ear, arp.reply);
    else if (verdict === 'other') replyByDecoding(ear, mac, o.isRouterOn(interfaceIndex), length);
    else o.drop(verdict);
  }

  function replyByDecoding(ear: Ear, mac: Uint8Array, router: boolean, length: number): void {
    const decoded = decodeNeighborFrame(frame, length);
    const answer = decoded.ok
      ? answerTo(decoded.message, mac, router, (address) => ear.answered.has(addressKey(address)))
      : decoded.reason;
    if (typeof answer === 'string') o.drop(answer);
    else send(ear, answer);
  }

  function send(ear: Ear, answer: Uint8Array): void {
    o.count(ear.socket.send(answer, answer.length) === 0 ? 'neighbor_answers_sent' : 'send_failures');
  }

  return {
    want,
    removing: () => false,
    work() {
      for (const { group, interfaceIndex, addresses } of fresh.splice(0)) {
        o.results.inPlace(group, interfaceIndex, addresses);
      }
    },
    deadline() {
      if (fresh.length > 0) return 0;
      for (const ear of ears.values()) if (ear.readable) return 0;
      return never;
    },
    refused: () => [],
    held(group) {
      return [...ears.values()].flatMap((ear) =>
        [...ear.answered.values()].filter((each) => each.group === group).map((each) => each.address),
      );
    },
    answer() {
      for (const [interfaceIndex, ear] of ears) {
        for (let taken = 0; ear.readable && taken < questionsPerTurn; taken++) {
          const length = ear.socket.receive(frame);
          if (length === 0) ear.readable = false;
          else reply(interfaceIndex, ear, length);
        }
      }
    },
  };
}
