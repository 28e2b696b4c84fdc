/** What there is to tell a Service of its addresses, and telling it. */
import { formatIp } from '../../../core/ip/address.js';
import { serviceReference } from '../../objects/references.js';
import type { Standing } from '../../standing/contract.js';
import { isAnnouncers, type News, newsOf } from '../announcement.js';
import type { HolderEventsState, Told } from './state.js';

/** Something that a Service has not been told yet of one of its addresses. */
export interface Item {
  readonly address: string;
  readonly now: Standing;
  readonly news: News;
}

/** How each address stands that a Service has; undefined: nothing is to be said of it. */
export function standingsFor(
  { assignments, standings, world }: Pick<HolderEventsState['context'], 'assignments' | 'standings' | 'world'>,
  key: string,
): readonly { readonly text: string; readonly now: Standing | undefined }[] {
  const local = assignments.ledger.holding(key)?.terms.local === true;
  return assignments.grants(key).map(({ address, pool }) => {
    const text = formatIp(address);
    return { text, now: standings.ofAddress(text, pool, local ? world.readyNodes(key) : undefined) };
  });
}

export function newsFor({ context, held, told }: HolderEventsState, key: string): readonly Item[] {
  const found = standingsFor(context, key);
  if (found.length === 0) told.delete(key);
  return found.flatMap(({ text, now }): Item[] => {
    if (now === undefined) return [];
    if (now.by === 'node') held(key, text);
    const news = newsOf(text, told.get(key)?.get(text), now);
    return news === undefined ? [] : [{ address: text, now, news }];
  });
}

export function tell(h: HolderEventsState, key: string, items: readonly Item[]): void {
  const { recorder, world } = h.context;
  const service = world.services.get(key);
  if (service === undefined) return;
  const known = current(h, key);
  for (const { address, now, news } of items) {
    known.set(address, now);
    recorder.event(serviceReference(service), news.type, news.reason, news.message);
  }
  h.told.set(key, known);
  h.counts.told += 1;
}

/** What it was told of the addresses that it still has. */
function current({ context, told }: HolderEventsState, key: string): Told {
  const had = new Set(context.assignments.grants(key).map(({ address }) => formatIp(address)));
  return new Map([...(told.get(key) ?? [])].filter(([address]) => had.has(address)));
}

/** What it was told by whoever led before, as the statuses of the Eips say. */
export function toldBefore({ context: { assignments, world } }: HolderEventsState, key: string): Told {
  const known: Told = new Map();
  for (const { address, pool } of assignments.grants(key)) {
    const text = formatIp(address);
    const node = world.eips.get(pool)?.status?.holders?.[world.groupWith(text)?.metadata.name ?? ''];
    if (node !== undefined) known.set(text, standingBy(node));
  }
  return known;
}

/** @param holder as `Eip.status.holders` has it */
function standingBy(holder: string): Standing {
  return isAnnouncers(holder)
    ? { by: 'nodes', nodes: [], of: 0, routers: { least: 0, most: 0 } }
    : { by: 'node', node: holder };
}
