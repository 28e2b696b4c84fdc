/** For which addresses is answered on which NIC: records, which the functions beside them work on. */
import { type ArpAnswerer, createArpAnswerer } from '../../../../core/neighbor/arp-answer.js';
import type { Ipv6Groups } from '../../../../platform/linux/ipv6-groups.js';
import type { Kernel } from '../../kernel.js';
import type { AnsweringEffect } from '../contract.js';
import type { NeighborSocket, NeighborSockets } from '../neighbor-sockets.js';

/** What answers on one interface. */
export interface Answerer {
  readonly heardBy: NeighborSocket;
  /** Where solicitations for the answered IPv6 addresses are sent. */
  readonly groups: Ipv6Groups;
  /** The groups that answer for an address, by `addressKey`. */
  readonly answered: Map<string, { readonly groups: Set<string>; readonly address: Uint8Array }>;
  /** The IPv4 addresses among them, as numbers: looking one up makes no garbage. */
  readonly ipv4: Set<number>;
  readonly answersIpv4: (address: number) => boolean;
}

export interface ResponderState {
  readonly kernel: Pick<Kernel, 'openIpv6Groups'>;
  readonly sockets: NeighborSockets;
  /** The MAC of an interface, undefined when it is gone. */
  readonly macOf: (interfaceIndex: number) => Uint8Array | undefined;
  /** Whether this node forwards what comes in there. */
  readonly isRouterOn: (interfaceIndex: number) => boolean;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
  readonly arp: ArpAnswerer;
  /** By the index of the interface. */
  readonly answerers: Map<number, Answerer>;
  /** What has come to be answered for, and is to be told of. */
  fresh: AnsweringEffect[];
}

export function newResponderState(o: Omit<ResponderState, 'arp' | 'answerers' | 'fresh'>): ResponderState {
  return { ...o, arp: createArpAnswerer(), answerers: new Map(), fresh: [] };
}
