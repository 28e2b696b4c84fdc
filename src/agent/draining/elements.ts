/**
 * What a table holds, as elements of its sets, and by which changes one becomes another: what is sent to the kernel grows with what changes.
 * There may be thousands of addresses, so none is made into another text here.
 */
import { type Micros, never } from '../../core/time.js';
import { host32, type TableFamily } from '../../platform/linux/nftables/message.js';
import { addElements, emptySet, removeElements, type SetElement } from '../../platform/linux/nftables/statements.js';
import { type Arrival, type Contents, octetsOf, type Returned } from './contents.js';
import { tableOf } from './ruleset.js';

/** By set, by what stands for the beginning of the key. */
export type Listing = ReadonlyMap<string, ReadonlyMap<string, Part>>;

/** Elements of one set whose keys begin alike. */
interface Part {
  readonly beginning: Uint8Array;
  /** By what follows it in the key: an address, or an Ethernet address in hexadecimal digits; empty where nothing does. */
  readonly items: Map<string, Item>;
}

interface Item {
  readonly until: Micros;
  /** Of a map: where segments go. */
  readonly to?: string | undefined;
  /** Of a map: the index of the interface by which they do. */
  readonly by?: number;
}

export function listingOf({ nics, direct, passed, returned, ended, members }: Contents): Listing {
  const addresses = new Map<string, Part>();
  for (const list of [direct, passed, returned, ended])
    for (const arrival of list) {
      const { items } = partOf(addresses, { arrivesBy: arrival.arrivesBy }); // whoever sent it
      const known = items.get(arrival.address);
      if (known === undefined || arrival.until > known.until) items.set(arrival.address, { until: arrival.until });
    }
  const out = new Map<string, Part>();
  for (const [arrivesBy, by] of nics) partOf(out, { arrivesBy }).items.set('', { until: never, by });
  const stations = new Map([...members].map((station) => [station, { until: never }]));
  return new Map<string, ReadonlyMap<string, Part>>([
    ['nics', out],
    ['addresses', addresses],
    ['direct', partsOf(direct)],
    ['passed', partsOf(passed)],
    ['beyond', partsOf(returned.filter(({ to }) => to !== undefined))],
    ['back', partsOf(returned.filter(({ to }) => to === undefined))],
    ['ended', partsOf(ended)],
    ['members', new Map([['', { beginning: new Uint8Array(), items: stations }]])],
  ]);
}

type Arrived = Arrival & Partial<Pick<Returned, 'from' | 'to'>>;

function partsOf(arrivals: readonly Arrived[]): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  for (const arrival of arrivals) partOf(parts, arrival).items.set(arrival.address, arrival);
  return parts;
}

function partOf(parts: Map<string, Part>, { arrivesBy, from = '' }: Pick<Arrived, 'arrivesBy' | 'from'>): Part {
  const name = from === '' ? `${arrivesBy}` : `${arrivesBy} ${from}`;
  let part = parts.get(name);
  if (part === undefined) {
    part = { beginning: beginningOf(arrivesBy, from), items: new Map() };
    parts.set(name, part);
  }
  return part;
}

/** An Ethernet address takes two registers. */
function beginningOf(arrivesBy: number, from: string): Uint8Array {
  const station = Buffer.from(from, 'hex');
  return Buffer.concat([host32(arrivesBy), station, new Uint8Array(station.length === 0 ? 0 : 2)]);
}

/** Whatever the sets hold now. */
export function fillSets(family: TableFamily, wanted: Listing, now: Micros): readonly Uint8Array[] {
  const table = tableOf(family);
  const messages: Uint8Array[] = [];
  for (const [set, parts] of wanted) {
    const elements: SetElement[] = [];
    for (const { beginning, items } of parts.values())
      for (const [end, item] of items) elements.push(elementOf(keyOf(beginning, end), item, now));
    messages.push(emptySet(table, set), ...addElements(table, set, elements));
  }
  return messages;
}

/** How much later than meant the kernel ends an element, at most, as far as may be. */
const late: Micros = 1_000_000;

/** Where the sets hold `held`, but for what has ended by itself. Nothing where both are alike. The kernel refuses to remove what is not there. */
export function changeSets(family: TableFamily, held: Listing, wanted: Listing, now: Micros): readonly Uint8Array[] {
  const table = tableOf(family);
  const messages: Uint8Array[] = [];
  for (const [set, parts] of wanted) {
    const before = held.get(set) ?? new Map<string, Part>();
    const gone: Uint8Array[] = [];
    for (const [name, { beginning, items }] of before) {
      const remaining = parts.get(name)?.items;
      for (const [end, item] of items) {
        const after = remaining?.get(end);
        // Until it has ended, what comes in its place would be taken for it.
        const isThere = item.until + (after === undefined ? 0 : late) > now;
        if (isThere && !same(item, after)) gone.push(keyOf(beginning, end));
      }
    }
    const come: SetElement[] = [];
    for (const [name, { beginning, items }] of parts) {
      const then = before.get(name)?.items;
      for (const [end, item] of items)
        if (!same(item, then?.get(end))) come.push(elementOf(keyOf(beginning, end), item, now));
    }
    messages.push(...removeElements(table, set, gone), ...addElements(table, set, come));
  }
  return messages;
}

function same(a: Item, b: Item | undefined): boolean {
  return a === b || (b !== undefined && a.until === b.until && a.to === b.to && a.by === b.by);
}

function keyOf(beginning: Uint8Array, end: string): Uint8Array {
  if (end === '') return beginning;
  return Buffer.concat([beginning, beginning.length === 0 ? Buffer.from(end, 'hex') : octetsOf(end)]);
}

function elementOf(key: Uint8Array, { until, to, by }: Item, now: Micros): SetElement {
  return {
    key,
    ...(to !== undefined && { data: octetsOf(to) }),
    ...(by !== undefined && { data: host32(by) }),
    ...(until !== never && { milliseconds: Math.max((until - now) / 1_000, 1) }),
  };
}
