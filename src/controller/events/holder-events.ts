/**
 * Tells each Service, by Events, who announces its addresses. Level-triggered: a Service is looked at some time after something
 * has changed, and hears what is the case by then; what came and went in between nobody hears of.
 */
import type { VipGroup } from '../../api/vip-group.js';
import { formatIp, parseIp } from '../../core/ip/address.js';
import { createTokenBucket } from '../../platform/kubernetes/token-bucket.js';
import type { Context } from '../context/context.js';
import { serviceReference } from '../objects/references.js';
import { sameJson } from '../objects/same-json.js';
import type { Standing } from '../standing/contract.js';
import { isAnnouncers, type News, newsOf } from './announcement.js';

/** How long changes are gathered: a failover moves many groups, and their agents write one after the other. In milliseconds. */
export const gatherMs = 500;

/** How long it is waited for further nodes to tell routers of an address, before it is said which do, in milliseconds. */
const fewMs = 3_000;

/** How many Services are told per second, after a first lot: a thousand of them have heard of a failover after 16 s. */
const rate = { perSecond: 50, burst: 200 };

/** News that had to wait for longer is not told any more, in milliseconds. */
const patienceMs = 60_000;

export interface HolderEvents {
  /** Begins to tell. What the statuses of the Eips say was told already, by whoever led before. */
  begin(): void;
  /** Something about who announces the addresses of a Service may have changed. */
  look(service: string): void;
  /** A group has changed. */
  group(object: VipGroup | undefined, previous: VipGroup | undefined): void;
  /** Something about how a group or an address stands has changed, without either having been written. */
  standing(addresses: readonly string[]): void;
  /** Something about a node has changed. */
  node(): void;
  end(): void;
  stats(): { readonly told: number; readonly dropped: number; readonly waiting: number };
}

type Told = Map<string, Standing>;

/** @param held hears of each address that a Service has and a node holds */
export function createHolderEvents(
  c: Pick<Context, 'world' | 'assignments' | 'standings' | 'recorder' | 'clock'>,
  held: (service: string, address: string) => void = () => {},
): HolderEvents {
  /** Services to look at, and since when. */
  const pending = new Map<string, number>();
  /** What each Service was told of its addresses. */
  const told = new Map<string, Told>();
  const bucket = createTokenBucket(rate);
  const counts = { told: 0, dropped: 0 };
  let leading = false;
  let wake: { readonly at: number; readonly cancel: () => void } | undefined;

  const wakeIn = (ms: number) => {
    const at = c.clock.now() + ms;
    if (wake !== undefined && wake.at <= at) return;
    wake?.cancel();
    const cancel = c.clock.after(ms, () => {
      wake = undefined;
      work();
    });
    wake = { at, cancel };
  };

  const work = () => {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, since] of pending) {
      const waited = c.clock.now() - since;
      // Those that come after it have waited for less.
      if (waited < gatherMs) return wakeIn(Math.min(nextMs, gatherMs - waited));
      const news = look(key);
      if (waited < fewMs && news.some(isOfFew)) {
        nextMs = Math.min(nextMs, fewMs - waited);
        continue;
      }
      if (news.length > 0) {
        if (c.clock.now() - since > patienceMs) counts.dropped += 1;
        else if (!bucket.tryTake(c.clock.now())) return wakeIn(1000 / rate.perSecond);
        else tell(key, news);
      }
      pending.delete(key);
    }
    if (pending.size > 0) wakeIn(nextMs);
  };

  const look = (key: string): readonly Item[] => {
    const grants = c.assignments.grants(key);
    if (grants.length === 0) told.delete(key);
    return grants.flatMap(({ address, pool }): Item[] => {
      const text = formatIp(address);
      const local = c.assignments.ledger.holding(key)?.terms.local === true;
      const now = c.standings.ofAddress(text, pool, local ? c.world.readyNodes(key) : undefined);
      if (now === undefined) return [];
      if (now.by === 'node') held(key, text);
      const news = newsOf(text, told.get(key)?.get(text), now);
      return news === undefined ? [] : [{ address: text, now, news }];
    });
  };

  const tell = (key: string, items: readonly Item[]) => {
    const service = c.world.services.get(key);
    if (service === undefined) return;
    const known = current(key);
    for (const { address, now, news } of items) {
      known.set(address, now);
      c.recorder.event(serviceReference(service), news.type, news.reason, news.message);
    }
    told.set(key, known);
    counts.told += 1;
  };

  /** What it was told of the addresses that it still has. */
  const current = (key: string): Told => {
    const had = new Set(c.assignments.grants(key).map(({ address }) => formatIp(address)));
    return new Map([...(told.get(key) ?? [])].filter(([address]) => had.has(address)));
  };

  const heardBefore = (key: string): Told => {
    const known: Told = new Map();
    for (const { address, pool } of c.assignments.grants(key)) {
      const text = formatIp(address);
      const node = c.world.eips.get(pool)?.status?.holders?.[c.world.groupWith(text)?.metadata.name ?? ''];
      if (node !== undefined) known.set(text, toldOf(node));
    }
    return known;
  };

  const add = (key: string) => {
    if (!leading) return;
    if (!pending.has(key)) pending.set(key, c.clock.now());
    wakeIn(gatherMs);
  };

  const addHolders = (text: string) => {
    const address = leading ? parseIp(text) : undefined;
    if (address !== undefined) for (const { key } of c.assignments.ledger.holders(address)) add(key);
  };

  return {
    begin: () => {
      leading = true;
      for (const { key } of c.assignments.ledger.holdings()) {
        const known = heardBefore(key);
        if (known.size > 0) told.set(key, known);
        add(key);
      }
    },
    look: add,
    group: (object, previous) => {
      const unchanged = new Set(sameStanding(object, previous) ? previous?.spec.addresses : []);
      for (const text of object?.spec.addresses ?? []) if (!unchanged.has(text)) addHolders(text);
    },
    standing: (addresses) => addresses.forEach(addHolders),
    node: () => {
      for (const { spec } of c.world.vipGroups.list()) {
        if (spec.members.length === 0) for (const text of spec.addresses) addHolders(text);
      }
    },
    end: () => {
      leading = false;
      wake?.cancel();
      wake = undefined;
      pending.clear();
      told.clear();
    },
    stats: () => ({ ...counts, waiting: pending.size }),
  };
}

/** Whether more nodes than have told routers of it are to. */
function isOfFew({ now }: Item): boolean {
  return now.by === 'nodes' && now.nodes.length < now.of;
}

/** @param holder as `Eip.status.holders` has it */
function toldOf(holder: string): Standing {
  return isAnnouncers(holder)
    ? { by: 'nodes', nodes: [], of: 0, routers: { least: 0, most: 0 } }
    : { by: 'node', node: holder };
}

/** Whether it looks the same to whoever has an address in both. */
function sameStanding(a: VipGroup | undefined, b: VipGroup | undefined): boolean {
  const seen = (group: VipGroup | undefined) => {
    const { holder, reason, members } = group?.status ?? {};
    // Only while nobody holds it does it matter what the members say.
    const { notHeld } = group?.status ?? {};
    const said = holder === undefined ? members?.map(({ node, state, message }) => [node, state, message]) : undefined;
    const { members: all, onlyOn } = group?.spec ?? {};
    return [holder, holder === undefined ? reason : undefined, all?.length === 0, said, notHeld, onlyOn];
  };
  return sameJson(seen(a), seen(b));
}

interface Item {
  readonly address: string;
  readonly now: Standing;
  readonly news: News;
}
