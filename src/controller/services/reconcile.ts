/** One Service: decides which addresses it has, reserves those that are new, and has its status, its label and its Events say so. */
import { parseIp } from '../../core/ip/address.js';
import type { Grant, Refusal } from '../../core/ipam/decision.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import type { Context } from '../context/context.js';
import { createReservations, type Reservations, serviceRecord } from '../context/reservations.js';
import type { News } from '../events/announcement.js';
import { createWarnings, type Warnings } from '../events/warnings.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import { serviceReference } from '../objects/references.js';
import { catchUpServices } from './catch-up.js';
import { allocatedFromChange, noteChange, saysMore, servingChanges } from './changes.js';
import { type ConditionKeeper, createConditionKeeper, reasonToWait } from './condition.js';
import {
  addressesOf,
  type Decided,
  decideRelease,
  decideService,
  has,
  type Known,
  refusalOf,
  without,
} from './decide.js';
import { type Gifts, gave, type Useless, uselessGifts, wasHeld } from './exchange.js';
import { giftNote } from './gift-note.js';
import { idOf } from './identity.js';
import { createNamespaceLookup, type NamespaceLookup } from './namespace-lookup.js';
import { allocationNews, exchangeNews, refusalNews, releaseNews, rivalNews, textOf } from './news.js';
import { isOurs } from './ownership.js';
import { type PutBacks, putBack, putBackPause } from './put-back-backoff.js';
import { regainGifts } from './regain-gifts.js';
import { reservationFor, reserve } from './reserve.js';
import { settle, settleLeaving, settleRelease } from './settle.js';
import { assignAll, assignNew } from './stated-holdings.js';
import { serviceWarnings } from './warnings.js';
import { writeService } from './write.js';

export interface ServiceReconciler {
  /** Takes over what all Services say of what they have, before anything is decided. */
  load(): void;
  /** Pools may have come, or Services may have become ours: takes over what these say of what they have. */
  poolsSeen(): void;
  reconcile(key: string): Promise<Again | undefined>;
  /** The watch has brought a Namespace, or its end. */
  namespaceSeen(name: string): void;
  /** A node holds an address that a Service has. */
  held(key: string, address: string): void;
  /** The Services that wait for an address, the oldest first. */
  waiting(): readonly string[];
  /** When these are to be looked at again though nothing changes; undefined: not at all. */
  waitingAgain(): Again | undefined;
}

/** What is kept from one look to the next. */
interface State {
  /** What Services say was taken over once: what comes later is new. */
  loaded: boolean;
  /** Why a Service of ours has less than it wants, whether it was told, and since when it exists. */
  readonly lacking: Map<string, { readonly refusal: Refusal; readonly told: boolean; readonly created: string }>;
  readonly puts: PutBacks;
  readonly gifts: Gifts;
  readonly warnings: Warnings;
  readonly conditions: ConditionKeeper;
  readonly namespaces: NamespaceLookup;
  readonly reservations: Reservations;
}

/** When a Service is looked at again that could not be told why it waits, because very many were being told, in milliseconds. */
const untoldAfterMs = 3_000;

export function createServiceReconciler(c: Context): ServiceReconciler {
  const s: State = {
    loaded: false,
    lacking: new Map(),
    puts: new Map(),
    gifts: new Map(),
    warnings: createWarnings(c.recorder),
    conditions: createConditionKeeper(c.clock),
    namespaces: createNamespaceLookup(c),
    reservations: createReservations({
      recordName: serviceRecord,
      client: c.client,
      namespace: c.settings.namespace,
      catchUp: catchUpServices(c, assignAll),
    }),
  };
  return {
    load: () => {
      assignAll(c, c.world.services.list());
      regainGifts(c, s.gifts);
      s.loaded = true;
    },
    poolsSeen: () => {
      if (s.loaded) assignNew(c, c.world.services.list());
    },
    namespaceSeen: s.namespaces.seen,
    reconcile: (key) => reconcile(c, s, key),
    held: (key, address) => {
      const service = c.world.services.get(key);
      if (service !== undefined) wasHeld(s.gifts, idOf(service), address);
    },
    waiting: () =>
      [...s.lacking]
        .sort(([a, x], [b, y]) => (x.created < y.created || (x.created === y.created && a < b) ? -1 : 1))
        .map(([key]) => key),
    waitingAgain: () => {
      const after = s.conditions.recheckMs();
      return after === undefined ? undefined : { after };
    },
  };
}

async function reconcile(c: Context, s: State, key: string): Promise<Again | undefined> {
  const service = c.world.services.get(key);
  if (service === undefined) {
    forget(c, s, key);
    return undefined;
  }
  // Whose it is cannot be read: what it has stays.
  if (service.spec?.type === undefined) return undefined;
  const ours = isOurs(service, c.settings.allServices);
  if (ours && namespaceOf(s, service) === undefined) return meetNamespace(s, service);
  const result = ours ? await serve(c, s, service) : await release(c, s, service);
  if (result === undefined) warn(c, s, key);
  return result;
}

async function serve(c: Context, s: State, service: Service): Promise<Again | undefined> {
  // Without the labels that pools choose by it would get an address of the wrong one, and keep it. It is looked at when they have been read.
  if (!c.world.knowsLabels()) return undefined;
  const key = serviceKey(service);
  const useless = uselessNow(c, s, service);
  const known = { ...knownOf(c, s, service), useless: useless.addresses };
  const possible = s.reservations.possible(key).flatMap((text) => parseIp(text) ?? []);
  const decided = settle(c, key, () => decideService(service, known, { ledger: c.assignments.ledger, possible }));
  const { request, decision, had } = decided;
  const present = [...addressesOf(known.before), ...had, ...(request.recorded ?? [])];
  const fresh = without(addressesOf(decision.grants), present);
  gave(s.gifts, idOf(service), fresh, known.useless, c.clock.now());
  noteLacking(c, s, service, decided);
  const changes = {
    ...servingChanges(service, request, decision.grants),
    ...allocatedFromChange(service, decision.grants, c.world.pools()),
  };
  const text = textOf(decision.grants);
  if (decision.grants.length === 0) s.puts.delete(idOf(service));
  else if (changes.ingress !== undefined) {
    const pauseMs = putBackPause(s.puts, idOf(service), text, c.clock.now());
    if (pauseMs > 0) return { after: pauseMs };
  }
  const reservation = reservationFor(service, had, addressesOf(decision.grants));
  if (!(await reserve(s.reservations, reservation))) return overtaken;
  const why = s.conditions.change(service, reasonToWait(decision, text));
  const alone = why !== undefined && Object.keys(changes).length === 0;
  if (!alone) s.conditions.forget(key);
  const turnMs = alone ? s.conditions.pauseMs(key) : 0;
  const result = await writeService(c, s, service, {
    ...changes,
    ...(changes.ingress === undefined ? {} : noteOf(c, s, service, decision.grants)),
    ...(why && turnMs === 0 ? { conditions: why } : {}),
  });
  if (result !== undefined) return result;
  settleLeaving(c, decided);
  if (changes.ingress !== undefined) tellOfWrite(c, s, service, decided);
  const untoldMs = s.lacking.get(key)?.told === false ? untoldAfterMs : 0;
  const waits = [turnMs, useless.pauseMs, untoldMs].filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : { after: Math.min(...waits) };
}

/** What its status is written with: which of the addresses are new to it. */
function noteOf({ clock }: Context, { gifts }: State, service: Service, grants: readonly Grant[]) {
  const instant = { now: clock.now(), wall: clock.wall() };
  return noteChange(service, giftNote(gifts.get(idOf(service)), addressesOf(grants), instant));
}

function uselessNow(c: Context, s: State, service: Service): Useless {
  const { groupWith } = c.world;
  return uselessGifts(s.gifts, idOf(service), { groupWith, exclusions: c.exclusions() }, c.clock.now());
}

async function release(c: Context, s: State, service: Service): Promise<Again | undefined> {
  const key = serviceKey(service);
  s.lacking.delete(key);
  s.conditions.forget(key);
  const known = knownOf(c, s, service);
  const changes = decideRelease(service, known);
  const stale = s.conditions.change(service, undefined);
  const result = await writeService(c, s, service, { ...changes, ...(stale && { conditions: stale }) });
  if (result !== undefined) return result;
  s.puts.delete(idOf(service));
  // Not before its status says so: who died in between would leave the address with two.
  s.reservations.settled(key);
  settleRelease(c, key, known.before);
  if (changes.ingress !== undefined) tell(c, service, [releaseNews(known.before)]);
  return undefined;
}

/** It is gone. */
function forget(c: Context, s: State, key: string): void {
  const before = c.assignments.grants(key);
  s.lacking.delete(key);
  s.conditions.forget(key);
  s.reservations.settled(key);
  settleRelease(c, key, before);
  s.warnings.forget(key);
}

function knownOf(c: Context, s: State, service: Service): Known {
  return {
    namespace: namespaceOf(s, service),
    pools: c.world.pools(),
    exclusions: c.exclusions(),
    before: c.assignments.grants(serviceKey(service)),
    useless: [],
  };
}

/** People hear why it has less than it wants, once for each reason. */
function noteLacking(c: Context, s: State, service: Service, { request, decision }: Decided): void {
  const refusal = refusalOf(decision);
  if (refusal === undefined) {
    s.lacking.delete(request.key);
    return;
  }
  const before = s.lacking.get(request.key);
  const isTold = before?.told === true && refusal.message === before.refusal.message;
  const told = isTold || tell(c, service, [refusalNews(refusal, decision.grants)]);
  s.lacking.set(request.key, { refusal, told, created: request.created });
}

/** Its status says what was decided; before, it said something else. */
function tellOfWrite(c: Context, s: State, service: Service, { decision: { grants }, had, request }: Decided): void {
  const exchanged = without(request.useless ?? [], addressesOf(grants)).filter((address) => has(had, address));
  if (exchanged.length > 0) tell(c, service, [exchangeNews(exchanged, grants, c.exclusions())]);
  const times = grants.length === 0 ? 1 : putBack(s.puts, idOf(service), textOf(grants), c.clock.now());
  if (times > 1 || isForeign(service, had.length)) tell(c, service, [rivalNews(service, grants)]);
  const isNews = without(had, addressesOf(grants)).length > 0 || without(addressesOf(grants), had).length > 0;
  if (times === 1 && isNews) tell(c, service, [allocationNews(had, grants)]);
}

/** Of what it has come to by now, since an address that it got may answer what it asked for. */
function warn(c: Context, s: State, key: string): void {
  const service = c.world.services.get(key);
  if (service === undefined) {
    s.warnings.forget(key);
    return;
  }
  const besideMetallb = c.settings.metallb?.runs?.() === true;
  const surroundings = { allServices: c.settings.allServices, besideMetallb, eips: c.world.pools() };
  s.warnings.tell(key, serviceReference(service), serviceWarnings(service, surroundings));
}

/** @returns whether all of it was taken to be told */
function tell({ recorder }: Context, service: Service, news: readonly News[]): boolean {
  const taken = news.map(({ type, reason, message }) =>
    recorder.event(serviceReference(service), type, reason, message),
  );
  return !taken.includes(false);
}

function namespaceOf({ namespaces }: State, { metadata }: Service) {
  return namespaces.known(metadata.namespace ?? '');
}

/**
 * Without the labels of its Namespace a Service would get an address of the wrong pool, and keep it. A Namespace that is not there yet
 * comes with the watch.
 */
async function meetNamespace({ namespaces }: State, { metadata }: Service): Promise<Again | undefined> {
  return (await namespaces.ask(metadata.namespace ?? '')) ? { after: 0 } : undefined;
}

/** Whether the status says something that is not known to be ours. @param own how much of it is */
function isForeign({ status }: Service, own: number): boolean {
  const entries = status?.loadBalancer?.ingress ?? [];
  return entries.length > own || entries.some(saysMore);
}
