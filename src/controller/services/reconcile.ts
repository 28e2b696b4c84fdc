/** One Service: which addresses it has, and that its status, its label and its Events say so. */
import { allocatedAnnotation, eipName, loadBalancerClass } from '../../api/annotations.js';
import { compareIp, formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import { addressesText, decide } from '../../core/ipam/allocate.js';
import type { Decision, Grant, Refusal, Request } from '../../core/ipam/decision.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { services } from '../../platform/kubernetes/builtin-resources.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { bgpNotYet } from '../cache/pools.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import { createReservations, serviceRecord } from '../context/reservations.js';
import { createWarnings } from '../events/warnings.js';
import { keepService, type Service, serviceKey } from '../objects/builtin-objects.js';
import { serviceReference } from '../objects/references.js';
import { sameJson } from '../objects/same-json.js';
import { catchUpServices } from './catch-up.js';
import { releasingChanges, type ServiceChanges, servingChanges } from './changes.js';
import { createConditionKeeper, reasonToWait } from './condition.js';
import { foreignOwners, grantedInStatus, statusText } from './granted.js';
import { createNamespaceLookup } from './namespace-lookup.js';
import { isOurs, wasOurs } from './ownership.js';
import { type PutBacks, putBack, putBackPause } from './put-back-backoff.js';
import { serviceRequest, statusAddresses } from './request.js';
import { assignAll, keptByRecord } from './stated-holdings.js';
import { type ServiceSurroundings, serviceWarnings } from './warnings.js';

export interface ServiceReconciler {
  /** Takes over what the statuses of all Services say, before anything is decided. */
  load(): void;
  reconcile(key: string): Promise<Again | undefined>;
  /** The watch has brought a Namespace, or its end. */
  namespaceSeen(name: string): void;
  /** The Services that wait for an address, the oldest first. */
  waiting(): readonly string[];
}

export function createServiceReconciler(c: Context): ServiceReconciler {
  /** Why a Service of ours has less than it wants, and since when it exists. */
  const lacking = new Map<string, { readonly refusal: Refusal; readonly created: string }>();

  const puts: PutBacks = new Map();

  const warnings = createWarnings(c.recorder);
  const conditions = createConditionKeeper(c.clock);
  const surroundings: ServiceSurroundings = {
    allServices: c.settings.allServices,
    protocolOf: (name) => {
      const pool = c.world.pools().find((each) => each.name === name);
      return pool && (pool.eip.spec.protocol ?? 'bgp');
    },
  };

  const load = () => assignAll(c, c.world.services.list());

  const namespaces = createNamespaceLookup(c);
  const namespaceOf = ({ metadata }: Service) => namespaces.known(metadata.namespace ?? '');

  const reservations = createReservations({
    recordName: serviceRecord,
    client: c.client,
    namespace: c.settings.namespace,
    catchUp: catchUpServices(c, assignAll),
  });

  /** Without waiting for anything, so that no other decision comes between. */
  const settle = (service: Service): Settled => {
    const key = serviceKey(service);
    const held = c.assignments.ledger.holding(key);
    const before = c.assignments.grants(key);
    const pools = c.world.pools();
    const asked = serviceRequest(service, namespaceOf(service), [], pools);
    const inStatus = grantedInStatus(service, asked, pools, c.exclusions());
    const current = inStatus.length > 0 ? inStatus : before.map(({ address }) => address);
    const request = { ...asked, current };
    c.assignments.release(key);
    const decision = decide(request, pools, c.assignments.ledger, c.exclusions());
    const { terms, created } = request;
    const possible = reservations.possible(key).flatMap((text) => parseIp(text) ?? []);
    const leaving = [...current, ...possible].filter((address) => !includes(decision.grants, address));
    const kept = keptByRecord(c, request).filter((address) => !includes(decision.grants, address));
    if (decision.grants.length + leaving.length + kept.length > 0) {
      c.assignments.assign({ key, terms, created }, decision.grants, [...leaving, ...kept]);
    }
    const still = [...decision.grants.map(({ address }) => address), ...leaving, ...kept];
    if (held?.addresses.some((address) => !still.some((each) => compareIp(each, address) === 0))) c.schedule.waiting();
    if (!sameJson(before.map(plain), decision.grants.map(plain)) || !sameTerms(held?.terms, terms)) {
      spread(key, before, decision.grants);
    }
    return { request, decision, leaving, kept };
  };

  /** The status says what was decided: what it said before is free. */
  const leave = ({ request: { key, terms, created }, decision: { grants }, leaving, kept }: Settled) => {
    if (leaving.length === 0) return;
    c.assignments.release(key);
    if (grants.length + kept.length > 0) c.assignments.assign({ key, terms, created }, grants, kept);
    for (const address of leaving) {
      for (const other of c.assignments.ledger.holders(address)) c.schedule.service(other.key);
    }
    c.schedule.waiting();
  };

  /** Tells everybody whom a change of what a Service holds concerns. */
  const spread = (key: string, before: readonly Grant[], after: readonly Grant[]) => {
    for (const pool of new Set([...before, ...after].map((grant) => grant.pool))) {
      c.schedule.groups(pool);
      c.schedule.status(pool);
    }
    c.schedule.tell(key);
    for (const { address } of [...before, ...after]) {
      for (const other of c.assignments.ledger.holders(address)) if (other.key !== key) c.schedule.service(other.key);
    }
    if (before.length > 0) c.schedule.waiting();
  };

  const release = async (key: string, service: Service | undefined): Promise<Again | undefined> => {
    lacking.delete(key);
    conditions.forget(key);
    const before = c.assignments.grants(key);
    const free = () => {
      reservations.settled(key);
      c.assignments.release(key);
      if (before.length > 0) spread(key, before, []);
    };
    if (service === undefined) {
      free();
      return undefined;
    }
    const pools = c.world.pools();
    const request = serviceRequest(service, namespaceOf(service), [], pools);
    const given = [
      ...before.map(({ address }) => address),
      ...grantedInStatus(service, request, pools, c.exclusions()),
    ];
    const held = (address: IpAddress) => given.some((each) => compareIp(each, address) === 0);
    const ours = before.length > 0 || wasOurs(service);
    const all = releasingChanges(service, held);
    const changes = ours ? all : all.finalizers === undefined ? {} : { finalizers: all.finalizers };
    const stale = conditions.change(service, undefined);
    const result = await write(service, { ...changes, ...(stale && { conditions: stale }) });
    if (result !== undefined) return result;
    puts.delete(idOf(service));
    // Not before its status says so: who died in between would leave the address with two.
    free();
    if (changes.ingress !== undefined) {
      event(
        service,
        'Normal',
        'Released',
        `${textOf(before) || 'its address'} is free again: the Service is no longer ours to serve`,
      );
    }
    return result;
  };

  const serve = async (service: Service): Promise<Again | undefined> => {
    const settled = settle(service);
    const { request, decision } = settled;
    const had = statusAddresses(service).filter((address) =>
      request.current.some((each) => compareIp(each, address) === 0),
    );
    const refusal = decision.outcome === 'refused' ? decision.refusal : decision.lacking;
    if (refusal !== undefined && refusal.message !== lacking.get(request.key)?.refusal.message) {
      const keeps = decision.grants.length > 0 ? ` (it keeps ${textOf(decision.grants)})` : '';
      event(service, 'Warning', refusal.reason, refusal.message + keeps);
    }
    if (refusal === undefined) lacking.delete(request.key);
    else lacking.set(request.key, { refusal, created: request.created });
    const changes = servingChanges(service, request, decision.grants);
    const text = textOf(decision.grants);
    if (decision.grants.length === 0) puts.delete(idOf(service));
    else if (changes.ingress !== undefined) {
      const pauseMs = putBackPause(puts, idOf(service), text, c.clock.now());
      if (pauseMs > 0) return { after: pauseMs };
    }
    if (!(await reserve(service, had, decision.grants))) return overtaken;
    const why = conditions.change(service, reasonToWait(decision, text));
    const alone = why !== undefined && Object.keys(changes).length === 0;
    if (!alone) conditions.forget(request.key);
    const turnMs = alone ? conditions.pauseMs(request.key) : 0;
    const result = await write(service, { ...changes, ...(why && turnMs === 0 ? { conditions: why } : {}) });
    if (result !== undefined) return result;
    leave(settled);
    const next = turnMs === 0 ? undefined : { after: turnMs };
    if (changes.ingress === undefined) return next;
    const times = decision.grants.length === 0 ? 1 : putBack(puts, idOf(service), text, c.clock.now());
    if (times > 1 || isForeign(service, had)) tellOfRival(service, text, decision.grants);
    if (times === 1) tell(service, had, decision.grants);
    return next;
  };

  /** People hear who it is that writes there, and what ends that. */
  const tellOfRival = (service: Service, given: string, grants: readonly Grant[]) => {
    const became = grants.length === 0 ? 'that stays, without what was ours' : `put back to ${given}`;
    const message = `${foreignOwners(service)} wrote ${statusText(service)} into its status: ${became}: let one program serve it, by switching the other off for it or by spec.loadBalancerClass: ${loadBalancerClass}, which keeps others away`;
    event(service, 'Warning', 'StatusOverwritten', message);
  };

  /** False: what was decided counts no more. */
  const reserve = async (service: Service, had: readonly IpAddress[], grants: readonly Grant[]): Promise<boolean> => {
    const { uid = '', resourceVersion = '' } = service.metadata;
    const fresh = grants.filter(({ address }) => !had.some((each) => compareIp(each, address) === 0));
    if (fresh.length === 0) return true;
    const addresses = fresh.map(({ address }) => formatIp(address));
    return reservations.reserve({ key: serviceKey(service), uid, resourceVersion, addresses });
  };

  const tell = (service: Service, had: readonly IpAddress[], grants: readonly Grant[]) => {
    if (grants.length === 0) return event(service, 'Warning', 'Released', `${addressesText(had)} was taken away`);
    const pools = [...new Set(grants.map(({ pool }) => pool))];
    const instead = had.length === 0 ? '' : `, in place of ${addressesText(had)}`;
    event(service, 'Normal', 'Allocated', `${textOf(grants)} from Eip ${pools.join(' and ')}${instead}`);
    for (const name of pools) {
      const pool = c.world.pools().find((each) => each.name === name);
      if ((pool?.eip.spec.protocol ?? 'bgp') === 'bgp') {
        event(service, 'Warning', 'NotAnnounced', `Eip ${name} has protocol bgp: ${bgpNotYet}`);
      }
    }
  };

  const event = (service: Service, type: 'Normal' | 'Warning', reason: string, message: string) => {
    c.recorder.event(serviceReference(service), type, reason, message);
  };

  /**
   * Status first: it is what people and programs wait for. The label goes along: with a Service's status Kubernetes takes
   * metadata, too. A server that does not gets it separately.
   */
  const write = async (service: Service, changes: ServiceChanges): Promise<Again | undefined> => {
    const key = serviceKey(service);
    const { uid } = service.metadata;
    let present = service;
    /** The world knows something newer than the answer. */
    let isOld = false;
    const patch = async (body: object, subresource?: string) => {
      const { resourceVersion } = present.metadata;
      const guard = { uid, resourceVersion, fieldManager, ...(subresource === undefined ? {} : { subresource }) };
      present = keepService(await c.client.mergePatch<Service>(services, key, body, guard));
      reservations.settled(key);
      const latest = c.world.services.get(key)?.metadata.resourceVersion;
      isOld = isOlderVersion(present.metadata.resourceVersion, latest);
      if (!isOld) c.world.services.wrote(present);
    };
    try {
      const { ingress, label, record, finalizers } = changes;
      const metadata = {
        ...(label === undefined ? {} : { labels: { [eipName]: label } }),
        ...(record === undefined ? {} : { annotations: { [allocatedAnnotation]: record } }),
      };
      if (ingress !== undefined || changes.conditions !== undefined) {
        const list = (items: readonly object[]) => (items.length === 0 ? null : items);
        const status = {
          ...(ingress === undefined ? {} : { loadBalancer: { ingress: list(ingress) } }),
          ...(changes.conditions === undefined ? {} : { conditions: list(changes.conditions) }),
        };
        await patch({ metadata, status }, 'status');
        if (changes.conditions !== undefined) conditions.written(changes.conditions, present);
      }
      const { labels, annotations } = present.metadata;
      const noted =
        (label === undefined || (labels?.[eipName] ?? null) === label) &&
        (record === undefined || (annotations?.[allocatedAnnotation] ?? null) === record);
      const rest = { ...(noted ? {} : metadata), ...(finalizers === undefined ? {} : { finalizers }) };
      if (Object.keys(rest).length > 0) await patch({ metadata: rest });
      return isOld ? overtaken : undefined;
    } catch (error) {
      // Gone, or of another version than this controller knew.
      if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
      await readAgain(c.client, services, key, c.world.services, keepService);
      reservations.settled(key);
      return overtaken;
    }
  };

  /** Of what it has come to by now, since an address that it got may answer what it asked for. */
  const warn = (key: string) => {
    const service = c.world.services.get(key);
    if (service === undefined) return warnings.forget(key);
    warnings.tell(key, serviceReference(service), serviceWarnings(service, surroundings));
  };

  /**
   * Without the labels of its Namespace a Service would get an address of the wrong pool, and keep it. A Namespace that is not there yet
   * comes with the watch.
   */
  const meet = async ({ metadata }: Service): Promise<Again | undefined> =>
    (await namespaces.ask(metadata.namespace ?? '')) ? { after: 0 } : undefined;

  return {
    load,
    namespaceSeen: namespaces.seen,
    reconcile: async (key) => {
      const service = c.world.services.get(key);
      // Whose it is cannot be read: what it has stays.
      if (service !== undefined && service.spec?.type === undefined) return undefined;
      const ours = service !== undefined && isOurs(service, c.settings.allServices);
      if (ours && namespaceOf(service) === undefined) return meet(service);
      const result = ours ? await serve(service) : await release(key, service);
      if (result === undefined) warn(key);
      return result;
    },
    waiting: () =>
      [...lacking]
        .sort(([a, x], [b, y]) => (x.created < y.created || (x.created === y.created && a < b) ? -1 : 1))
        .map(([key]) => key),
  };
}

interface Settled {
  readonly request: Request;
  readonly decision: Decision;
  /** What its status says, or a write of unknown fate may make it say, beside what was decided. */
  readonly leaving: readonly IpAddress[];
  /** What it had from an Eip that is gone, for when that comes back. */
  readonly kept: readonly IpAddress[];
}

/** Whether the status says something that is not known to be ours. */
function isForeign({ status }: Service, had: readonly IpAddress[]): boolean {
  return (status?.loadBalancer?.ingress ?? []).length > had.length;
}

/** One that was made anew under a name is another. */
function idOf({ metadata }: Service): string {
  return metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
}

function includes(grants: readonly Grant[], address: IpAddress): boolean {
  return grants.some((grant) => compareIp(grant.address, address) === 0);
}

/** Grants hold bigints, which JSON does not. */
function plain({ address, pool }: Grant): readonly string[] {
  return [String(address.family), address.value.toString(), pool];
}

function sameTerms(a: Request['terms'] | undefined, b: Request['terms']): boolean {
  if (a === undefined) return false;
  const flat = (terms: Request['terms']) => ({ ...terms, asked: terms.asked.map(({ value }) => value.toString()) });
  return sameJson(flat(a), flat(b));
}

function textOf(grants: readonly Grant[]): string {
  return addressesText(grants.map(({ address }) => address));
}
