/** From what is remembered to what the table is to hold: pure. */
import { type History, self } from '../../core/draining/history.js';
import { type Route, routesOf } from '../../core/draining/routes.js';
import { ipToBytes, parseIp } from '../../core/ip/address.js';
import { type Micros, never } from '../../core/time.js';
import type { TableFamily } from '../../platform/linux/nftables/message.js';
import { type Binding, type Draining, keyOf, type Peer } from './state.js';

/** Segments for an address that come in by an interface. */
export interface Arrival {
  readonly arrivesBy: number;
  readonly address: string;
  readonly until: Micros;
}
/** They go to a node. */
export interface Entry extends Arrival {
  readonly to: string;
}

/** What the member hands here to whom it would be passed, by its Ethernet address in hexadecimal digits. */
export interface Returned extends Arrival {
  readonly from: string;
  /** Who stands behind both; undefined: nobody does, and it is dropped. */
  readonly to: string | undefined;
}

/** What the table of one family holds. */
export interface Contents {
  /** Interfaces that segments come in by, and those that they leave by. */
  readonly nics: ReadonlyMap<number, number>;
  readonly direct: readonly Entry[];
  readonly passed: readonly Entry[];
  readonly returned: readonly Returned[];
  /** Their connections are at an end. */
  readonly ended: readonly Arrival[];
  /** Ethernet addresses of members, as texts of hexadecimal digits. */
  readonly members: ReadonlySet<string>;
}

export interface Wanted {
  readonly tables: ReadonlyMap<TableFamily, Contents>;
  /** Those whose Ethernet address is to be known. */
  readonly peers: ReadonlyMap<string, Peer & Pick<Binding, 'mac' | 'source'>>;
  /** Of these, by the same keys: those of whom it is to be known at once when they die. */
  readonly watched: ReadonlySet<string>;
  /** Of groups that this node leads: to whom it hands segments now. */
  readonly handing: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Draft {
  readonly nics: Map<number, number>;
  readonly direct: Entry[];
  readonly passed: Entry[];
  readonly returned: Returned[];
  readonly ended: Arrival[];
  readonly members: Set<string>;
}

export function wantedOf(d: Draining, now: Micros): Wanted {
  const tables = new Map<TableFamily, Draft>();
  const peers = new Map<string, Peer & Pick<Binding, 'mac' | 'source'>>();
  const watched = new Set<string>();
  const handing = new Map<string, Set<string>>();
  for (const [name, { addresses, window }] of d.groups) {
    const binding = d.bindings.get(name);
    if (binding === undefined || window <= 0) continue;
    const { nic, mac, source } = binding;
    for (const address of addresses) {
      const history = d.histories.get(address) ?? [];
      const draft = draftOf(tables, address);
      for (const leader of othersOf(history, window, now)) {
        const peer = { nic, address: leader };
        const station = d.stations.get(keyOf(peer));
        peers.set(keyOf(peer), { ...peer, mac, source });
        if (station !== undefined) draft.members.add(hex(station));
      }
      const isStation = (leader: string) => d.stations.has(keyOf({ nic, address: leader }));
      const routes = routesOf(history, window, isStation, now);
      const onLink = (route: Route | undefined) =>
        route !== undefined && d.offLink.has(keyOf({ nic, address: route.to })) ? undefined : route;
      const [direct, passed, ended] = [onLink(routes.direct), onLink(routes.passed), routes.ended];
      if (ended !== undefined) {
        const arrivesBy = binding.leader === undefined ? binding.answersOn : nic; // from hosts; from members
        draft.nics.set(arrivesBy, nic);
        draft.ended.push({ arrivesBy, address, until: ended });
      }
      if (binding.leader === undefined && direct !== undefined)
        handing.set(name, (handing.get(name) ?? new Set()).add(direct.to));
      add(draft, 'direct', binding.answersOn, nic, address, direct);
      add(draft, 'passed', nic, nic, address, passed);
      if (routes.returned !== undefined && passed !== undefined) {
        const { from, route } = routes.returned;
        const station = d.stations.get(keyOf({ nic, address: from }));
        const to = onLink(route);
        // Without its Ethernet address what it hands here is not told apart from what hosts send.
        if (station !== undefined)
          draft.returned.push({ ...arrivalOf(nic, address, to ?? passed), from: hex(station), to: to?.to });
        if (to !== undefined && to.until !== never) watched.add(keyOf({ nic, address: to.to }));
      }
      for (const route of [direct, passed])
        if (route !== undefined && route.until !== never) watched.add(keyOf({ nic, address: route.to }));
    }
  }
  return { tables, peers, watched, handing };
}

function draftOf(tables: Map<TableFamily, Draft>, address: string): Draft {
  const family = familyOfTable(address);
  let draft = tables.get(family);
  if (draft === undefined) {
    draft = { nics: new Map(), direct: [], passed: [], returned: [], ended: [], members: new Set() };
    tables.set(family, draft);
  }
  return draft;
}

function add(
  draft: Draft,
  map: 'direct' | 'passed',
  arrivesBy: number,
  leavesBy: number,
  address: string,
  route: Route | undefined,
): void {
  if (route === undefined) return;
  draft.nics.set(arrivesBy, leavesBy);
  draft[map].push({ arrivesBy, address, to: route.to, until: route.until });
}

function othersOf(history: History, window: Micros, now: Micros): readonly string[] {
  return history
    .filter(({ leader, until, dead }) => leader !== self && dead === undefined && until + window > now)
    .map(({ leader }) => leader);
}

function arrivalOf(arrivesBy: number, address: string, { until }: Route): Arrival {
  return { arrivesBy, address, until };
}

function hex(station: Uint8Array): string {
  return Buffer.from(station).toString('hex');
}

/** In whose table an address is. */
export function familyOfTable(address: string): TableFamily {
  return address.includes(':') ? 'ip6' : 'ip';
}

/** 4 or 16 octets. */
export function octetsOf(address: string): Uint8Array {
  return ipToBytes(parseIp(address)!);
}

/** Whether both are the same table. It costs what they hold, unless they are the same record. */
export function sameContents(a: Contents | undefined, b: Contents): boolean {
  return a === b || (a !== undefined && textOf(a) === textOf(b));
}

function textOf({ nics, direct, passed, returned, ended, members }: Contents): string {
  const arrivals = (list: readonly (Arrival & { readonly to?: string | undefined })[]) =>
    list.map(({ arrivesBy, address, to, until }) => `${arrivesBy} ${address} ${to} ${until}`);
  const senders = returned.map(({ from }) => from);
  return JSON.stringify([
    [...nics],
    arrivals(direct),
    arrivals(passed),
    arrivals(returned),
    senders,
    arrivals(ended),
    [...members].sort(),
  ]);
}
