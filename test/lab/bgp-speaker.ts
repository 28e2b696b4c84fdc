import type { PeerReport, RoutingEvent } from '../../src/agent/engine/routing/contract.js';
import { parseIpOctets } from '../../src/core/ip/address.js';
import { type Prefix, prefixOf } from '../../src/core/wire/bgp/prefix.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { type Process, programArguments } from './process.js';

/** Our own BGP speaker on a host of a lab, without the rest of an agent. */
export interface BgpSpeaker {
  readonly process: Process;
  /** All that it said, in order. */
  readonly events: readonly RoutingEvent[];
  /** Commands as of the contract of routing; in strings, `ip:` stands before an address and `secret:` before a password. */
  command(command: object): void;
  /** Tells it routes to some prefixes, such as `192.0.2.1/32`, of the set `all`. */
  routes(add: readonly string[], o?: { remove?: readonly string[]; attributes?: object }): void;
  /** The last report of a peer. */
  report(peer: string): PeerReport | undefined;
  /** Waits until a peer is Established and was told so many routes. */
  eventuallyTold(peer: string, prefixes: number): Promise<PeerReport>;
  /** Resident memory of the process, in bytes. */
  memory(): Promise<number>;
}

/** Starts it; it ends with the lab. What it leaves to the next one on the host is in the folder. `bfd`: with an engine, which BFD needs. */
export async function startBgpSpeaker(host: Host, folder: string, o: { bfd?: boolean } = {}): Promise<BgpSpeaker> {
  const program = programArguments(new URL('./programs/bgp-speaker', import.meta.url), import.meta.url);
  const args = [...program, `${folder}/${host.name}.routing`, ...(o.bfd ? ['bfd'] : [])];
  const process = host.start('speaker', globalThis.process.execPath, args);
  const events: RoutingEvent[] = [];
  const reports = new Map<string, PeerReport>();
  let memory: number | undefined;
  let ready = false;
  process.onLine((line) => {
    const said = JSON.parse(line) as RoutingEvent | { type: 'ready' } | { type: 'memory'; rss: number };
    if (said.type === 'ready') ready = true;
    else if (said.type === 'memory') memory = said.rss;
    else {
      events.push(said);
      if (said.type === 'peer') reports.set(said.report.peer, said.report);
    }
  });
  await eventually(`${process.title} ready`, () => ready, { onTimeout: () => process.log() });
  const command = (what: object) => process.write(JSON.stringify(what));
  return {
    process,
    events,
    command,
    routes: (add, { remove = [], attributes = {} } = {}) =>
      command({
        type: 'routes',
        set: 'all',
        add: [{ attributes, prefixes: add.map(prefix) }],
        remove: remove.map(prefix),
        whole: false,
      }),
    report: (peer) => reports.get(peer),
    eventuallyTold: (peer, prefixes) =>
      eventually(
        `${host.name}: ${peer} told ${prefixes} routes`,
        () => {
          const report = reports.get(peer);
          return report?.state === 'Established' && report.prefixesSent === prefixes && report;
        },
        { onTimeout: () => `${JSON.stringify(reports.get(peer))}\n${process.log()}` },
      ),
    async memory() {
      memory = undefined;
      process.write('memory');
      return eventually('memory', () => memory);
    },
  };
}

/** A peer as of the contract, for a router at that address; what is not given is what most sessions have. */
export function peerOf(name: string, address: string, changes: { session?: object; [field: string]: unknown } = {}) {
  const { session, ...rest } = changes;
  return {
    name,
    location: { address: `ip:${address}` },
    port: 179,
    hops: 1,
    ttlSecurity: false,
    routeSets: ['all'],
    session: {
      localAs: 65001,
      identifier: 0x0a4d_000b,
      peerAs: 65000,
      passive: false,
      holdTime: 9,
      longestBackOff: 30_000_000,
      families: [4, 6],
      extendedNextHop: false,
      endOfRibWithin: 5_000_000,
      gatherFor: 0,
      restartTime: 120,
      ...session,
    },
    ...rest,
  };
}

/** The command that gives a speaker these peers, and no port of its own unless given. */
export function configuration(peers: readonly object[], listen: object = {}): object {
  return { type: 'configure', speaker: { listenAddresses: [], drainWait: 10_000_000, peers, ...listen } };
}

function prefix(text: string): Prefix {
  const [address, length] = text.split('/');
  return prefixOf(parseIpOctets(address!)!, Number(length));
}
