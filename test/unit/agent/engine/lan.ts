/**
 * A LAN of engines in virtual time: the real engine and cores, on a kernel made of maps. Frames arrive at once and in order.
 */
import { createEngine, type Engine } from '../../../../src/agent/engine/engine.js';
import type { Kernel } from '../../../../src/agent/engine/kernel.js';
import type { EngineEvent, GroupConfig, MemberReport } from '../../../../src/agent/engine/messages.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import type { Micros } from '../../../../src/core/time.js';
import { isArpProbe } from '../../../../src/core/wire/arp.js';
import { formatMac } from '../../../../src/core/wire/mac.js';
import { decodeNeighborFrame } from '../../../../src/core/wire/neighbor-frame.js';
import type { LinuxError } from '../../../../src/platform/linux/errno.js';
import type { AddressRequest, InterfaceAddress, Link } from '../../../../src/platform/linux/rtnetlink.js';
import { createDatagramNet, type DatagramHost, type DatagramNet } from './datagrams.js';

export interface LanHost {
  readonly name: string;
  readonly kernel: Kernel;
  readonly events: EngineEvent[];
  engine(): Engine;
  /** As the engine's thread does what it is told: after it has polled, before its next turn. */
  obey(act: (engine: Engine) => void): void;
  /** The addresses of eth0 that are ours, as text. */
  held(): readonly string[];
  /** The addresses that only a route takes packets in for, as text. */
  byRoute(): readonly string[];
  /** Everything the engine asked of the kernel's addresses, with the instant: `put 192.0.2.1`, `remove …`, `route …`, `unroute …`. */
  readonly work: { readonly at: Micros; readonly what: string }[];
  /** Frames it sent: adverts as their priority, with their virtual router ID, ARP and NDP as the address of the sender; and from where. */
  readonly sent: {
    readonly at: Micros;
    readonly kind: Kind;
    readonly text: string;
    readonly id?: number;
    readonly mac: string;
    /** Its Ethernet destination. */
    readonly to: string;
  }[];
  state(group: string): MemberReport | undefined;
  /** Changes eth0; `gone` takes it away, and giving `up` brings it back. */
  setLink(change: Partial<Pick<Link, 'up' | 'running' | 'mac' | 'name'>> | 'gone'): void;
  /** What happens to the NIC in `change` is told by no event. */
  unheard(change: () => void): void;
  addAddress(text: string, prefixLength: number): void;
  /** As if somebody else ran `ip address delete`. */
  removeAddress(text: string): void;
  /** Frames reach nobody, and nobody's reach it, while its carrier stays. */
  cut: boolean;
  /** A firewall drops datagrams that come in; adverts and ARP do not pass it. */
  filtersDatagrams: boolean;
  /** The engine's thread does not run before this instant. */
  frozenUntil: Micros;
  /** Makes the kernel refuse addresses with this text, which may begin with a code, until it is undefined again. */
  refuse: string | undefined;
  /** How much of what rtnetlink says is read at once, and whether some of it was lost. */
  newsAtOnce: number;
  newsLost: boolean;
  /** How long reading what rtnetlink says takes, while the others go on. */
  newsTakes: Micros;
  /** How long making the interface of a virtual MAC takes, while the others go on. */
  interfaceTakes: Micros;
  /** What the kernel has against interfaces of virtual MACs, and which of their settings it does not take. */
  refuseVirtualMac: LinuxError | undefined;
  unset: readonly string[];
  /** How long a new IPv6 address takes until packets for it are taken in. */
  ipv6Takes: Micros;
  /** What net.ipv6.conf.eth0.forwarding is. */
  forwards: boolean;
  /** Whether its routes to others go through a gateway. */
  routed: boolean;
  /** Whether it finds no route to any address, although it forwards. */
  routeless: boolean;
  /** By how many microseconds its clock is ahead of the others'. */
  clockError: Micros;
  /** The process is killed: nothing runs and nothing is renewed any more. */
  kill(): void;
  /** Starts a new engine on the same kernel. */
  restart(): void;
  inject(frame: Uint8Array): void;
}

export interface Lan {
  /** Frames with an IP packet reach only the station, or the group, that they are for: a broadcast of one is lost, as some networks lose it. */
  strict: boolean;
  /** The hop limit that datagrams arrive with. */
  hopLimit: number;
  now(): Micros;
  readonly datagrams: DatagramNet;
  host(number: number, o?: { addresses?: readonly string[] }): LanHost;
  /** Runs everybody for so many microseconds. */
  run(duration: Micros): void;
  /** Runs until `condition` holds and returns how long that took; fails after `within`. */
  until(condition: () => boolean, within?: Micros): Micros;
}

interface State {
  readonly host: LanHost;
  /** Open packet sockets, and the frames that wait in each. */
  readonly sockets: Map<number, { readonly kind: Kind; readonly queue: Uint8Array[]; bound: boolean }>;
  readonly addresses: Map<string, InterfaceAddress & { expires: Micros }>;
  /** Local routes: what they are for, and the address that they go with. */
  readonly routes: Map<string, string>;
  /** The kernel's table of neighbours: MACs by address. */
  readonly neighbors: Map<string, Uint8Array>;
  /** IPv6 addresses that are there, but do not take packets in yet. */
  readonly coming: { readonly at: Micros; readonly address: InterfaceAddress }[];
  link: Link | undefined;
  alive: boolean;
  news: ReturnType<Kernel['events']['read']>['events'][number][];
  /** Descriptors that became readable, of which the engine hears when its next turn begins. */
  readonly readable: Set<number>;
  turn(): void;
  readonly datagramHost: DatagramHost;
}

type Kind = 'advert' | 'neighbor';
const eventsFd = 11;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const text = (address: Uint8Array) => formatIp(ipFromBytes(address));

export function createLan(): Lan {
  let now: Micros = 1_000_000_000;
  const hosts: State[] = [];
  let nextFd = 20;

  const stateOf = (host: DatagramHost) => hosts.find(({ datagramHost }) => datagramHost === host)!;
  const datagrams = createDatagramNet({
    now: () => now,
    hosts: () => hosts.map(({ datagramHost }) => datagramHost),
    reaches(from, to) {
      const [sender, receiver] = [stateOf(from), stateOf(to)];
      const isLinked = [sender, receiver].every(({ host, link }) => !host.cut && link?.running);
      return isLinked && receiver.alive && !receiver.host.filtersDatagrams;
    },
    hopLimit: () => lan.hopLimit,
  });

  function broadcast(from: State, frame: Uint8Array): void {
    const kind = kindOf(frame);
    const id = kind === 'advert' ? { id: frame[advertAt(frame) + 1]! } : {};
    const [to, mac] = [formatMac(frame.subarray(0, 6)), formatMac(frame.subarray(6, 12))];
    from.host.sent.push({ at: now, kind, text: describe(frame, kind), ...id, mac, to });
    if (from.host.cut || !from.link?.running) return;
    for (const to of hosts) {
      if (to === from || to.host.cut || !to.link?.running) continue;
      if (lan.strict && kind === 'advert' && !reaches(frame, to.link.mac)) continue;
      deliver(to, frame.slice(), kind);
    }
  }

  function deliver(to: State, frame: Uint8Array, kind: Kind): void {
    for (const [fd, socket] of to.sockets) {
      if (socket.kind !== kind || !socket.bound) continue;
      socket.queue.push(frame);
      to.readable.add(fd);
    }
  }

  function expireLeases(): void {
    for (const state of hosts) {
      for (const [key, address] of state.addresses) {
        if (address.expires > now) continue;
        deleteAddress(state, key);
        state.news.push({ type: 'address', removed: true, address });
        state.readable.add(eventsFd);
      }
    }
  }

  /** With the routes that go with it. */
  function deleteAddress(state: State, key: string): void {
    state.addresses.delete(key);
    for (const [address, anchor] of state.routes) if (anchor === key) state.routes.delete(address);
  }

  function settleAddresses(): void {
    for (const state of hosts) {
      while ((state.coming[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
        state.news.push({ type: 'address', removed: false, address: state.coming.shift()!.address });
        state.readable.add(eventsFd);
      }
    }
  }

  function nextInstant(): Micros {
    let at = Number.POSITIVE_INFINITY;
    for (const state of hosts) {
      if (state.alive) at = Math.min(at, Math.max(dueAt(state), state.host.frozenUntil));
      for (const { expires } of state.addresses.values()) at = Math.min(at, expires);
      at = Math.min(at, state.coming[0]?.at ?? at);
    }
    return Math.max(at, now);
  }

  function dueAt(state: State): Micros {
    if (state.news.length > 0) return now;
    for (const { queue } of state.sockets.values()) if (queue.length > 0) return now;
    if (datagrams.isWaiting(state.datagramHost)) return now;
    return state.host.engine().deadline();
  }

  function stepTo(end: Micros): boolean {
    const at = nextInstant();
    now = Math.max(now, Math.min(at, end));
    if (at > end) return false;
    expireLeases();
    settleAddresses();
    for (const state of hosts) {
      if (state.alive && state.host.frozenUntil <= now && dueAt(state) <= now) state.turn();
    }
    now += 1; // time passes while things are done
    return true;
  }

  const lan: Lan = {
    strict: false,
    hopLimit: 255,
    now: () => now,
    datagrams,
    host: (number, o = {}) => addHost(number, o.addresses ?? [`192.0.2.${number}`, `fe80::${number}`]),
    run(duration) {
      const end = now + duration;
      for (let steps = 0; stepTo(end); steps++) if (steps > 1_000_000) throw new Error('the LAN does not come to rest');
    },
    until(condition, within = 30_000_000) {
      const begin = now;
      while (!condition()) {
        if (now - begin > within || !stepTo(begin + within + 1)) throw new Error(`not within ${within / 1e6} s`);
      }
      return now - begin;
    },
  };

  function addHost(number: number, own: readonly string[]): LanHost {
    const callbacks = new Map<number, () => void>();
    let nextInterface = 9;
    const mac = Uint8Array.of(2, 0, 0, 0, 0, number);
    const eth0: Link = { index: 2, name: 'eth0', up: true, running: true, mac, mtu: 1500, loopback: false };
    const events: EngineEvent[] = [];
    let engine: Engine;
    const note = (what: string) => host.work.push({ at: now, what });
    const remove = (address: Uint8Array) => {
      const key = text(address);
      const known = state.addresses.get(key);
      if (known === undefined) return { code: 'EADDRNOTAVAIL', message: 'EADDRNOTAVAIL' };
      deleteAddress(state, key);
      state.news.push({ type: 'address', removed: true, address: known });
      state.readable.add(eventsFd);
      return undefined;
    };
    const put = ({ interfaceIndex, address, lifetimeSeconds }: AddressRequest) => {
      if (host.refuse !== undefined)
        return { code: /^E[A-Z]+/.exec(host.refuse)?.[0] ?? 'ENOBUFS', message: host.refuse };
      if (state.link === undefined) return { code: 'ENODEV', message: 'ENODEV' };
      const lease = { interfaceIndex, address, prefixLength: address.length * 8, scope: 0, flags: 0x20, ours: true };
      const isNew = !state.addresses.has(text(address));
      const present = { ...lease, lifetimeSeconds, expires: now + lifetimeSeconds * 1e6 };
      state.addresses.set(text(address), present);
      if (isNew && address.length === 16) state.coming.push({ at: now + host.ipv6Takes, address: present });
      return undefined;
    };
    const hear = (event: EngineEvent) => {
      events.push(event);
      if (event.type !== 'spent-interface') return;
      note(`${event.name} removed`);
      for (const [key, { interfaceIndex }] of state.addresses)
        if (interfaceIndex === event.interfaceIndex) deleteAddress(state, key);
    };
    /** Whether something was ready. */
    const poll = (): boolean => {
      if (state.news.length > 0) state.readable.add(eventsFd);
      const ready = [...state.readable].map((fd) => callbacks.get(fd)).filter((each) => each !== undefined);
      state.readable.clear();
      for (const callback of ready) callback();
      return ready.length > 0;
    };
    /** This host is busy for so long. */
    const pass = (duration: Micros) => {
      if (duration === 0) return;
      host.frozenUntil = Number.POSITIVE_INFINITY;
      lan.run(duration);
      host.frozenUntil = 0;
    };
    const kernel: Kernel = {
      now: () => now,
      utc: () => host.clockError + 1_790_000_000_000_000 + now,
      poller: { add: (fd, onReady) => void callbacks.set(fd, onReady), remove: (fd) => void callbacks.delete(fd) },
      openPacketSocket: ({ filter }) => {
        const fd = nextFd++;
        const queue: Uint8Array[] = [];
        const socket = { kind: filter === 'vrrp' ? ('advert' as const) : ('neighbor' as const), queue, bound: true };
        state.sockets.set(fd, socket);
        return {
          fd,
          receive(buffer) {
            const frame = queue.shift();
            if (frame === undefined) return 0;
            buffer.set(frame);
            return frame.length;
          },
          send(frame, length) {
            if (!socket.bound) return -6;
            if (!state.link?.up) return -100;
            broadcast(state, frame.slice(0, length)); // as a kernel does: the caller may write another there
            return 0;
          },
          join: () => {},
          leave: () => {},
          down: () => false,
          isBound: () => socket.bound,
          drops: () => 0,
          close: () => void state.sockets.delete(fd),
        };
      },
      openDatagramSocket: (asked) => datagrams.opener(state.datagramHost)(asked),
      discard: (socket) => socket.close(),
      joinVrrpGroup: () => ({ close: () => {} }),
      openIpv6Groups: () => ({ join: () => {}, leave: () => {}, close: () => {} }),
      rtnetlink: {
        links: () => (state.link === undefined ? [] : [state.link]),
        link: () => undefined,
        addresses: () => [...state.addresses.values()],
        routeTo() {
          if (state.link === undefined) return undefined;
          if (state.host.routeless) return undefined;
          return { interfaceIndex: 2, ...(state.host.routed && { gateway: bytes('192.0.2.254') }) };
        },
        neighborMac: ({ address }) => state.neighbors.get(text(address)),
        useNeighbor({ address }) {
          if (state.host.cut || !state.link?.running) return;
          const neighbor = hosts.find(
            (each) => each.alive && !each.host.cut && each.link?.running && each.addresses.has(text(address)),
          );
          if (neighbor === undefined) state.neighbors.delete(text(address));
          else state.neighbors.set(text(address), neighbor.link!.mac);
        },
        putAddresses: (list) =>
          list.map((request) => {
            note(`put ${text(request.address)}`);
            return put(request);
          }),
        renewAddresses: (list) => list.filter((request) => put(request) !== undefined).length,
        removeLink: (index) => note(`link ${index} removed`),
        removeAddresses: (list) =>
          list.map(({ address }) => {
            note(`remove ${text(address)}`);
            return remove(address);
          }),
        putLocalRoutes: (anchor, list) =>
          list.map((address) => {
            note(`route ${text(address)}`);
            if (host.refuse !== undefined || !state.addresses.has(text(anchor.address)))
              return { code: 'EINVAL', message: 'EINVAL' };
            state.routes.set(text(address), text(anchor.address));
            return undefined;
          }),
        removeLocalRoutes: (list) =>
          list.map((address) => {
            note(`unroute ${text(address)}`);
            return state.routes.delete(text(address)) ? undefined : { code: 'ESRCH', message: 'ESRCH' };
          }),
      },
      virtualMacs: {
        create: ({ name }) => {
          pass(host.interfaceTakes);
          if (host.refuseVirtualMac !== undefined) throw host.refuseVirtualMac;
          const interfaceIndex = nextInterface++;
          return {
            interfaceIndex,
            name,
            unset: host.unset,
            raise: () => note(`${name} up`),
            silence: () => note(`${name} silent`),
          };
        },
        restore: () => note('settings restored'),
      },
      forwards: () => host.forwards,
      events: {
        fd: eventsFd,
        read() {
          pass(host.newsTakes);
          const news = state.news.splice(0, host.newsAtOnce);
          const { newsLost: overrun } = host;
          host.newsLost = false;
          return { events: news, routes: false, overrun, more: state.news.length > 0 };
        },
      },
    };
    const host: LanHost = {
      name: `n${number}`,
      kernel,
      events,
      work: [],
      sent: [],
      cut: false,
      filtersDatagrams: false,
      frozenUntil: 0,
      refuse: undefined,
      clockError: 0,
      forwards: false,
      routed: false,
      routeless: false,
      newsAtOnce: 1_000,
      newsLost: false,
      newsTakes: 0,
      interfaceTakes: 0,
      refuseVirtualMac: undefined,
      unset: [],
      ipv6Takes: 0,
      engine: () => engine,
      obey(act) {
        poll();
        act(engine);
        engine.turn();
      },
      held: () => [...state.addresses.values()].filter((each) => each.ours).map((each) => text(each.address)),
      byRoute: () => [...state.routes.keys()].filter((key) => !state.addresses.has(key)),
      state: (group) => engine.report().members.find((member) => member.group === group),
      setLink(change) {
        if (change === 'gone') {
          const link = state.link!;
          state.link = undefined;
          for (const address of state.addresses.values()) state.news.push({ type: 'address', removed: true, address });
          state.addresses.clear();
          for (const socket of state.sockets.values()) socket.bound = false;
          state.news.push({ type: 'link', removed: true, link });
        } else {
          state.link = { ...(state.link ?? eth0), ...change };
          state.news.push({ type: 'link', removed: false, link: state.link });
        }
        state.readable.add(eventsFd);
      },
      unheard(change) {
        const { news } = state;
        state.news = [];
        change();
        state.news = news;
      },
      addAddress(address, prefixLength) {
        const value = {
          interfaceIndex: 2,
          address: bytes(address),
          prefixLength,
          ours: false,
          lifetimeSeconds: Infinity,
        };
        const scope = address.startsWith('fe80') ? 253 : 0;
        const added = { ...value, scope, flags: 0x80, expires: Infinity };
        state.addresses.set(address, added);
        state.news.push({ type: 'address', removed: false, address: added });
        state.readable.add(eventsFd);
      },
      removeAddress: (address) => void remove(bytes(address)),
      kill() {
        state.alive = false;
        state.sockets.clear();
        datagrams.closeAll(state.datagramHost);
      },
      restart() {
        callbacks.clear();
        engine = createEngine(kernel, hear);
        state.alive = true;
      },
      inject(frame) {
        deliver(state, frame, kindOf(frame));
      },
    };
    const state: State = {
      host,
      sockets: new Map(),
      addresses: new Map(),
      routes: new Map(),
      neighbors: new Map(),
      link: eth0,
      alive: true,
      news: [],
      coming: [],
      readable: new Set(),
      datagramHost: {
        name: `n${number}`,
        has: (address) => state.addresses.has(text(address)),
        sourceFor: (family) => own.map(bytes).find(({ length }) => length === (family === 4 ? 4 : 16)),
        wake: (fd) => void state.readable.add(fd),
        polls: (fd) => callbacks.has(fd),
      },
      turn: () => engine.turn(!poll()),
    };
    for (const address of own) host.addAddress(address, address.includes(':') ? 64 : 24);
    state.news = [];
    engine = createEngine(kernel, hear);
    hosts.push(state);
    return host;
  }

  return lan;
}

/** A group of these hosts (by number) as host `self` takes part in it; the first host has the highest priority. */
export function groupOf(members: readonly number[], self: number, o: Partial<GroupConfig> = {}): GroupConfig {
  const family = o.family ?? 4;
  const addressOf = (number: number) => bytes(family === 4 ? `192.0.2.${number}` : `fe80::${number}`);
  const priorityOf = (number: number) => 254 - 20 * members.indexOf(number);
  const others = members.filter((number) => number !== self);
  return {
    name: 'web',
    answer: 'nic',
    interface: { name: 'eth0' },
    family,
    version: 3,
    virtualRouterId: 51,
    formerIds: [],
    priority: priorityOf(self),
    bestPeer: members[0] === self ? (members.length > 1 ? 234 : 0) : 254,
    ...(members.length > 1 ? { worstPeer: 254 - 20 * (members.length - (members.at(-1) === self ? 2 : 1)) } : {}),
    advertisementInterval: 250_000,
    preempt: false,
    preemptDelay: 0,
    yields: false,
    virtualMac: false,
    checksum: 'pseudo-header',
    transport: 'multicast',
    addresses: [bytes('192.0.2.100')],
    source: addressOf(self),
    peers: others.map(addressOf),
    peerPriorities: others.map(priorityOf),
    absentUpTo: 0,
    ...o,
  };
}

function kindOf(frame: Uint8Array): Kind {
  const ipv4 = frame[12] === 0x08 && frame[13] === 0x00;
  const protocol = ipv4 ? frame[23] : frame[20];
  return frame[13] !== 0x06 && protocol === 112 ? 'advert' : 'neighbor';
}

/** Whether a station takes the frame in: it is to that station, or to a group that is not everybody. */
function reaches(frame: Uint8Array, mac: Uint8Array): boolean {
  const to = formatMac(frame.subarray(0, 6));
  return to === formatMac(mac) || ((frame[0]! & 1) === 1 && to !== 'ff:ff:ff:ff:ff:ff');
}

/** Where the VRRP message begins in a frame. */
function advertAt(frame: Uint8Array): number {
  return frame[13] === 0xdd ? 54 : 34;
}

function describe(frame: Uint8Array, kind: Kind): string {
  if (kind === 'advert') return `priority ${frame[advertAt(frame) + 2]}`;
  const decoded = decodeNeighborFrame(frame, frame.length);
  if (!decoded.ok) return decoded.reason;
  const message = decoded.message;
  if (message.type === 'arp' && isArpProbe(message)) return `probe ${text(message.targetAddress)}`;
  if (message.type === 'neighbor-solicitation') return `probe ${text(message.target)}`;
  return text('senderAddress' in message ? message.senderAddress : message.target);
}
