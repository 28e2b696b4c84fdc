import assert from 'node:assert/strict';
import type { BfdCommand } from '../../../../../src/agent/engine/bfd/contract.js';
import type { Checkpoint } from '../../../../../src/agent/engine/routing/checkpoint.js';
import type {
  PeerReport,
  PeerSettings,
  RoutingCommand,
  RoutingEvent,
} from '../../../../../src/agent/engine/routing/contract.js';
import type { Interest } from '../../../../../src/agent/engine/routing/locate/network.js';
import { createSpeaker, obey, speakerDeadline, turn } from '../../../../../src/agent/engine/routing/speaker.js';
import type { Speaker } from '../../../../../src/agent/engine/routing/state.js';
import type { Connection, ConnectionEvents, World } from '../../../../../src/agent/engine/routing/world.js';
import type { Micros } from '../../../../../src/core/time.js';
import { encodeKeepalive } from '../../../../../src/core/wire/bgp/message.js';
import { encodeOpen, type Open } from '../../../../../src/core/wire/bgp/open.js';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import type { SocketAddress } from '../../../../../src/platform/linux/socket-address.js';
import type { TcpSettings } from '../../../../../src/platform/linux/tcp-socket.js';
import { ip, peerOpen, prefix, read, route, seconds, words } from '../../../core/bgp/given.js';

export const routerAddress = ip('10.0.0.1');
export const ours = ip('10.0.0.11');

/** A connection whose other end the test is. */
export interface FakeConnection extends Connection {
  readonly from: Uint8Array | undefined;
  readonly settings: TcpSettings | undefined;
  settled: TcpSettings | undefined;
  /** What was sent, in the words of the tests of the core. */
  readonly said: string[];
  readonly sent: Uint8Array[];
  closed: 'abort' | 'gently' | undefined;
  /** Octets that TCP does not take. */
  stuck: number;
  /** The test's end says, or does, something. */
  readonly on: ConnectionEvents;
}

export interface Lab {
  readonly speaker: Speaker;
  readonly events: RoutingEvent[];
  /** All that were made or accepted, in order. */
  readonly connections: FakeConnection[];
  /** Ports that are listened at, and the keys of each. */
  readonly listeners: Map<string, FakeListener>;
  readonly bfd: BfdCommand[];
  kept: Checkpoint | undefined;
  now: Micros;
  /** The errno of the next connections, listeners and keys. */
  failing: { connect?: string; listen?: string; key?: string };
  local: Uint8Array;
  /** Our address of the other family on the same NIC. */
  beside: Uint8Array | undefined;
  quiet: boolean;
  readonly interfaces: Map<string, number>;
  readonly advertising: Map<string, Uint8Array>;
  readonly gateways: Map<4 | 6, { readonly address: Uint8Array; readonly scope: number }>;
  interest: Interest | undefined;
}

export interface FakeListener {
  readonly at: SocketAddress;
  readonly keys: Map<string, string>;
  readonly accepted: (connection: Connection) => void;
  readonly stalled: (error: LinuxError | undefined) => void;
}

export function openLab(former?: Checkpoint): Lab {
  const lab = {
    events: [],
    connections: [],
    listeners: new Map(),
    bfd: [],
    kept: undefined,
    now: seconds(100),
    failing: {},
    local: ours,
    beside: undefined,
    quiet: true,
    interfaces: new Map([['eth0', 2]]),
    advertising: new Map(),
    gateways: new Map(),
    interest: undefined,
  } as unknown as Lab & { speaker: Speaker };
  const world: World = {
    now: () => lab.now,
    utc: () => 1_000_000 + lab.now / 1000,
    chance: () => 1,
    connect(to, from, settings) {
      fail(lab.failing.connect, 'connect');
      return connectionOf(lab, to, { from, settings });
    },
    listen(at, accepted, stalled) {
      fail(lab.failing.listen, 'bind');
      const name = `${at.address.join('.')} ${at.port}`;
      const keys = new Map<string, string>();
      lab.listeners.set(name, { at, keys, accepted, stalled });
      return {
        setMd5Key(address, key) {
          fail(lab.failing.key, 'set the MD5 key of');
          if (key) keys.set(address.join('.'), Buffer.from(key).toString());
          else keys.delete(address.join('.'));
        },
        close: () => void lab.listeners.delete(name),
      };
    },
    isQuiet: () => lab.quiet,
    bfd: (command) => void lab.bfd.push(command),
    keep(checkpoint) {
      lab.kept = checkpoint;
    },
    interfaceIndex: (name) => lab.interfaces.get(name),
    interfaceName: (index) => [...lab.interfaces].find(([, each]) => each === index)?.[0],
    advertisingRouter: (name) => lab.advertising.get(name),
    defaultGateway: (family) => lab.gateways.get(family),
    addresses: () => [lab.local, lab.beside].flatMap((address) => (address ? [onNic(address)] : [])),
    watch(interest) {
      lab.interest = interest;
    },
  };
  lab.speaker = createSpeaker(world, 'boot 1', former, (event) => lab.events.push(event));
  return lab;
}

/** An address of eth0. */
function onNic(address: Uint8Array): ReturnType<World['addresses']>[number] {
  return { interfaceIndex: 2, address, prefixLength: 24, scope: 0, flags: 0, ours: false };
}

function connectionOf(
  lab: Lab,
  remote: SocketAddress,
  o: { from: Uint8Array | undefined; settings: TcpSettings | undefined },
): FakeConnection {
  let queue: Uint8Array[] = [];
  let events: ConnectionEvents | undefined;
  const connection: FakeConnection = {
    ...o,
    remote,
    settled: undefined,
    said: [],
    sent: [],
    closed: undefined,
    stuck: 0,
    local: () => lab.local,
    listen(told) {
      events = told;
    },
    send(octets) {
      assert.equal(connection.closed, undefined, 'something is sent on a closed connection');
      queue.push(octets);
    },
    flush() {
      for (const octets of queue) connection.sent.push(octets);
      connection.said.push(
        ...queue.flatMap((octets) => words([{ type: 'send', connection: 0, octets }]).map((word) => word.slice(3))),
      );
      queue = [];
      return connection.stuck;
    },
    close(abort) {
      if (!abort) connection.flush();
      connection.closed = abort ? 'abort' : 'gently';
    },
    settle(settings) {
      connection.settled = settings;
    },
    get on() {
      assert.ok(events, 'nobody listens');
      return events;
    },
  };
  lab.connections.push(connection);
  return connection;
}

function fail(name: string | undefined, operation: string): void {
  if (name === undefined) return;
  throw new LinuxError({ errno: errnoOf(name as 'EPERM'), operation, object: 'something' });
}

/** Settings of a session with the router. */
export function peer(
  changes: Partial<Omit<PeerSettings, 'session'>> & { session?: Partial<PeerSettings['session']> } = {},
): PeerSettings {
  const { session, ...rest } = changes;
  return {
    name: 'r',
    location: { address: routerAddress },
    port: 179,
    hops: 1,
    ttlSecurity: false,
    routeSets: ['a'],
    session: {
      localAs: 64512,
      identifier: 0x0a00_000b,
      peerAs: 65000,
      passive: false,
      holdTime: 9,
      longestBackOff: seconds(30),
      families: [4],
      extendedNextHop: false,
      endOfRibWithin: seconds(5),
      gatherFor: 0,
      restartTime: 120,
      ...session,
    },
    ...rest,
  };
}

/** Gives commands, and has the speaker take its turn. */
export function command(lab: Lab, ...commands: readonly Parameters<typeof obey>[1][]): void {
  for (const each of commands) obey(lab.speaker, each);
  turn(lab.speaker);
}

export function configure(lab: Lab, peers: readonly PeerSettings[], listenPort?: number): void {
  const listen = listenPort === undefined ? {} : { listenPort };
  command(lab, { type: 'configure', speaker: { listenAddresses: [], drainWait: 10_000_000, peers, ...listen } });
}

/** The command that puts routes into a set, and takes some out. */
export function changed(
  set: string,
  add: readonly string[],
  remove: readonly string[] = [],
): Extract<RoutingCommand, { type: 'routes' }> {
  return {
    type: 'routes',
    set,
    add: add.map((each) => route(each)),
    remove: remove.map(prefix),
    whole: false,
  };
}

/** Time passes, with a turn whenever the speaker wants one. */
export function pass(lab: Lab, duration: Micros): void {
  const end = lab.now + duration;
  for (let turns = 0; ; turns++) {
    assert.ok(turns < 10_000, 'the speaker does not rest');
    const deadline = speakerDeadline(lab.speaker);
    if (deadline > end) break;
    lab.now = Math.max(lab.now, deadline);
    turn(lab.speaker);
  }
  lab.now = end;
}

/** The router answers the last connection, or that one, until its session is Established. */
export function establish(lab: Lab, connection = lab.connections.at(-1)!, open: Partial<Open> = {}): FakeConnection {
  if (connection.settled === undefined) connection.on.connected(lab.local);
  connection.on.received(encodeOpen(peerOpen(open)));
  connection.on.received(encodeKeepalive());
  turn(lab.speaker);
  return connection;
}

/** A router connects. */
export function incoming(lab: Lab, address = routerAddress, scope = 0): FakeConnection {
  const connection = connectionOf(lab, { address, port: 50000, scope }, { from: undefined, settings: undefined });
  const listener = [...lab.listeners.values()].find(({ at }) => at.address.length === address.length);
  assert.ok(listener, 'nobody listens');
  listener.accepted(connection);
  turn(lab.speaker);
  return connection;
}

/** The last report of a peer. */
export function reported(lab: Lab, name = 'r'): PeerReport {
  const report = reports(lab, name).at(-1);
  assert.ok(report, `nothing was said of ${name}`);
  return report;
}

export function reports(lab: Lab, name = 'r'): readonly PeerReport[] {
  return lab.events.flatMap((event) => (event.type === 'peer' && event.report.peer === name ? [event.report] : []));
}

export function openOf({ sent }: FakeConnection): Open {
  const open = read(sent[0]!);
  assert.ok(open.type === 'open');
  return open;
}
