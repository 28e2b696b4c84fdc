/**
 * What the speaker needs of the world outside: time, chance, connections. Tests have one of their own.
 */
import type { Family } from '../../../core/ip/address.js';
import type { Micros } from '../../../core/time.js';
import type { LinuxError } from '../../../platform/linux/errno.js';
import type { SocketAddress } from '../../../platform/linux/socket-address.js';
import type { TcpSettings } from '../../../platform/linux/tcp-socket.js';
import type { BfdCommand } from '../bfd/contract.js';
import type { Checkpoint } from './checkpoint.js';
import type { NicAddress } from './locate/beside.js';
import type { Interest } from './locate/network.js';

export interface World {
  /** The monotonic clock that deadlines are of. */
  now(): Micros;
  /** Milliseconds since the epoch. */
  utc(): number;
  /** A number of 0 to 1, drawn anew for each call. */
  chance(): number;
  /** Begins to connect. Throws a LinuxError for what is known at once. */
  connect(to: SocketAddress, from: Uint8Array | undefined, settings: TcpSettings): Connection;
  /**
   * Takes connections at an address and port. Throws a LinuxError.
   *
   * @param stalled told why none can be taken for now, each time that it is tried; undefined once they can again
   */
  listen(
    at: SocketAddress,
    accepted: (connection: Connection) => void,
    stalled: (error: LinuxError | undefined) => void,
  ): Listener;
  /** Whether connections that were closed have told their peers all that they were to. */
  isQuiet(): boolean;
  /** Asks BFD for something, once it is to be had. */
  bfd(command: BfdCommand): void;
  /** Leaves this to the next process on the node; undefined: routers know nothing of us. */
  keep(checkpoint: Checkpoint | undefined): void;
  /** The index of a NIC; undefined when there is none of that name. */
  interfaceIndex(name: string): number | undefined;
  /** The other way round. */
  interfaceName(index: number): string | undefined;
  /** The link-local address of the router that advertises itself on a NIC, if it is `watched`. */
  advertisingRouter(name: string): Uint8Array | undefined;
  /** Where the default route goes, if it is `watched`. */
  defaultGateway(family: Family): Pick<SocketAddress, 'address' | 'scope'> | undefined;
  /** The addresses of all NICs. Costs what there are. */
  addresses(): readonly NicAddress[];
  /** From now on routers are asked for that are found in these ways. What becomes known is told by `networkChanged`. */
  watch(interest: Interest): void;
}

/** A TCP connection of a session, being made or made. */
export interface Connection {
  readonly remote: SocketAddress;
  /** Our end: 4 or 16 bytes. */
  local(): Uint8Array;
  /** Whom to tell from now on. */
  listen(events: ConnectionEvents): void;
  /** Queues octets: they go out with `flush`. */
  send(octets: Uint8Array): void;
  /** Gives TCP what it takes of the queue; how many octets are left in it, undefined when the connection is gone. */
  flush(): number | undefined;
  /** Ends it: once what was queued has left, within a bound, or at once. Nothing is told of it any more. */
  close(abort: boolean): void;
  /** Makes an accepted connection what its peer's are to be. Throws a LinuxError. */
  settle(settings: TcpSettings): void;
}

/** None of them is called while a method of the connection runs. */
export interface ConnectionEvents {
  connected(localAddress: Uint8Array): void;
  /** The octets are valid only during the call. */
  received(octets: Uint8Array): void;
  /** TCP took some of the queue; how many octets are left in it. */
  sent(left: number): void;
  /** It is gone: the peer closed it, or `error` says why. */
  closed(error: LinuxError | undefined): void;
}

export interface Listener {
  /** Has connections of an address signed with a key, or unsigned ones taken again. Throws a LinuxError. */
  setMd5Key(address: Uint8Array, key: Uint8Array | undefined): void;
  close(): void;
}
