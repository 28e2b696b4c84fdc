/** From what is remembered to what the table is to hold: pure. */
import { chainOf, chainRoutes } from '../../core/draining/chain.js';
import { type History, self } from '../../core/draining/history.js';
import { takesBackFor } from '../../core/draining/reachability.js';
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
  /** Of these, by the same keys: those of whom it is to be known at once when they die, and whether they were heard of when they ceased to lead. */
  readonly watched: ReadonlyMap<string, boolean>;
  /** Of these: those who are taken for dead, and taken back if they answer. */
  readonly missed: ReadonlySet<string>;
  /** Of groups that this node leads: to whom it hands segments now. */
  readonly handing: ReadonlyMap<string, ReadonlySet<string>>;
  /** By group: one that leads or has led it, and is behind a gateway. */
  readonly offLink: ReadonlyMap<string, string>;
  /** When it is another, although nothing happens: the next end of a window. */
  readonly until: Micros;
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
  const watched = new Map<string, boolean>();
  const missed = new Set<string>();
  const handing = new Map<string, Set<string>>();
  const offLink = new Map<string, string>();
  let until = never;
  for (const [name, { addresses, window, shared }] of d.groups) {
    const binding = d.bindings.get(name);
    if (binding === undefined || window <= 0) continue;
    const { nic, mac, source } = binding;
    const plans = new Map<History, Plan>(); // most addresses of a group have the same
    for (const address of addresses) {
      const history = d.histories.get(address);
      if (history === undefined) continue;
      const draft = draftOf(tables, address);
      let plan = plans.get(history);
      if (plan === undefined) {
        plan = shared === undefined ? planOf(d, history, window, nic, now) : chainPlanOf(d, address, window, nic, now);
        plans.set(history, plan);
        until = Math.min(until, plan.until);
        for (const leader of plan.others) {
          const peer = { nic, address: leader };
          const station = d.stations.get(keyOf(peer));
          peers.set(keyOf(peer), { ...peer, mac, source });
          if (station !== undefined) draft.members.add(hex(station));
          if (shared === undefined && d.offLink.has(keyOf(peer))) offLink.set(name, leader);
        }
        const silenced = binding.silenced ? plan.latest : undefined;
        for (const key of plan.watched) watched.set(key, watched.get(key) !== false && key !== silenced);
        for (const key of plan.missed) missed.add(key);
        if (binding.leader === undefined && plan.direct !== undefined)
          handing.set(name, (handing.get(name) ?? new Set()).add(plan.direct.to));
      }
      fill(draft, plan, address, binding);
    }
  }
  return { tables, peers, watched, missed, handing, offLink, until };
}

/** What is to be done for each address with one history. */
interface Plan {
  /** Those who lead or have led, but this node. */
  readonly others: readonly string[];
  readonly direct: Route | undefined;
  readonly passed: Route | undefined;
  readonly returned: Pick<Returned, 'from' | 'to' | 'until'> | undefined;
  readonly ended: Micros | undefined;
  /** As in Wanted. */
  readonly watched: readonly string[];
  readonly missed: readonly string[];
  /** Who led last, as a key; undefined: somebody else leads now, or nobody did. */
  readonly latest: string | undefined;
  /** When it is another one, although nothing happens. */
  readonly until: Micros;
}

function planOf(d: Draining, history: History, window: Micros, nic: number, now: Micros): Plan {
  const keyOn = (leader: string) => keyOf({ nic, address: leader });
  const routes = routesOf(history, window, (leader) => d.stations.has(keyOn(leader)), now);
  const onLink = (route: Route | undefined) => (route && d.offLink.has(keyOn(route.to)) ? undefined : route);
  const [direct, passed, further] = [routes.direct, routes.passed, routes.returned?.route].map(onLink);
  const { returned, ended } = routes;
  // Without its Ethernet address what it hands here is not told apart from what hosts send.
  const station = passed && returned && d.stations.get(keyOn(returned.from));
  const within = history.filter(({ until }) => until + window > now);
  const missed = within.filter(({ dead }) => dead !== undefined && dead + takesBackFor > now);
  const others = within.filter((lead) => lead.leader !== self && (lead.dead === undefined || missed.includes(lead)));
  const ends = [...within.map(({ until }) => until + window), ...missed.map(({ dead = never }) => dead + takesBackFor)];
  const [first, second] = history;
  return {
    others: others.map(({ leader }) => leader),
    direct,
    passed,
    returned: station && passed && { from: hex(station), to: further?.to, until: (further ?? passed).until },
    ended,
    watched: [direct, passed, passed && further].flatMap((route) =>
      route === undefined || route.until === never ? [] : [keyOn(route.to)],
    ),
    missed: missed.map(({ leader }) => keyOn(leader)),
    latest: first?.leader === self && second !== undefined ? keyOn(second.leader) : undefined,
    until: Math.min(never, ...ends),
  };
}

/** Of an address that several announce at once. Others are known beforehand: routers choose anew without a word to this node. */
function chainPlanOf(d: Draining, address: string, window: Micros, nic: number, now: Micros): Plan {
  const history = d.histories.get(address) ?? [];
  const keyOn = (leader: string) => keyOf({ nic, address: leader });
  const leaving = new Set((d.announcers.get(address)?.list ?? []).flatMap((each) => (each.leaves ? each.address : [])));
  const within = history.filter(({ until }) => until + window > now);
  const chain = chainOf(
    within,
    (leader) => leaving.has(leader),
    (leader) => !d.offLink.has(keyOn(leader)),
  );
  const { direct, passed, returned, ended } = chainRoutes(
    chain,
    window,
    (leader) => d.stations.has(keyOn(leader)),
    now,
  );
  const station = returned && d.stations.get(keyOn(returned.from));
  const isMissed = ({ dead }: History[number]) => dead !== undefined && dead + takesBackFor > now;
  const missed = within.filter(isMissed);
  const others = history.filter((lead) => lead.leader !== self && (lead.dead === undefined || isMissed(lead)));
  // Who was never heard of is asked as well: it is in the way of all others until it answers, or is known to be dead.
  const unknown = chain.filter(
    (lead) => lead.leader !== self && lead.dead === undefined && !d.stations.has(keyOn(lead.leader)),
  );
  const next = [direct, passed, returned?.route].flatMap((route) => (route === undefined ? [] : [keyOn(route.to)]));
  return {
    others: others.map(({ leader }) => leader),
    direct,
    passed,
    returned: station && passed && { from: hex(station), to: returned?.route?.to, until: passed.until },
    ended,
    watched: [...new Set([...next, ...unknown.map(({ leader }) => keyOn(leader))])],
    missed: missed.map(({ leader }) => keyOn(leader)),
    latest: undefined,
    until: Math.min(
      never,
      ...within.map(({ until }) => until + window),
      ...missed.map(({ dead = never }) => dead + takesBackFor),
    ),
  };
}

function fill(draft: Draft, plan: Plan, address: string, { leader, nic, answersOn }: Binding): void {
  const { direct, passed, returned, ended } = plan;
  if (ended !== undefined) {
    const arrivesBy = leader === undefined ? answersOn : nic; // from hosts; from members
    draft.nics.set(arrivesBy, nic);
    draft.ended.push({ arrivesBy, address, until: ended });
  }
  add(draft, 'direct', answersOn, nic, address, direct);
  add(draft, 'passed', nic, nic, address, passed);
  if (returned !== undefined) draft.returned.push({ arrivesBy: nic, address, ...returned });
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
