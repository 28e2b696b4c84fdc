/**
 * Writes what changes of a Service. Status first: it is what people and programs wait for. The label and what is noted in annotations go along: with a
 * Service's status Kubernetes takes metadata, too. A server that does not gets them separately.
 */
import { allocatedAnnotation, eipName, newAddressesAnnotation } from '../../api/annotations.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { services } from '../../platform/kubernetes/builtin-resources.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import type { Reservations } from '../context/reservations.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import type { ServiceChanges } from './changes.js';
import type { ConditionKeeper } from './condition.js';

/** @returns undefined once the server has them */
export async function writeService(
  c: Pick<Context, 'client' | 'world' | 'schedule'>,
  o: {
    readonly reservations: Pick<Reservations, 'settled'>;
    readonly conditions: Pick<ConditionKeeper, 'written'>;
  },
  service: Service,
  changes: ServiceChanges,
): Promise<Again | undefined> {
  const key = serviceKey(service);
  const { uid } = service.metadata;
  let present = service;
  /** The world knows something newer than the answer. */
  let isOld = false;
  const patch = async (body: object, subresource?: string) => {
    const { resourceVersion } = present.metadata;
    const guard = { uid, resourceVersion, fieldManager, ...(subresource === undefined ? {} : { subresource }) };
    present = c.world.keepService(await c.client.mergePatch<Service>(services, key, body, guard));
    o.reservations.settled(key);
    const latest = c.world.services.get(key)?.metadata.resourceVersion;
    isOld = isOlderVersion(present.metadata.resourceVersion, latest);
    if (!isOld) c.world.services.wrote(present);
  };
  try {
    const first = statusPatch(changes);
    if (first !== undefined) await patch(first, 'status');
    const lookMs = changes.conditions && o.conditions.written(changes.conditions, present);
    if (lookMs !== undefined) c.schedule.waiting(lookMs);
    const rest = metadataPatch(changes, present);
    if (rest !== undefined) await patch(rest);
    return isOld ? overtaken : undefined;
  } catch (error) {
    // Gone, or of another version than this controller knew.
    if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
    await readAgain(c.client, services, key, c.world.services, c.world.keepService);
    o.reservations.settled(key);
    return overtaken;
  }
}

/** What goes to the status, as a merge patch (RFC 7386); undefined: nothing does. */
export function statusPatch(changes: ServiceChanges): object | undefined {
  const { ingress, conditions } = changes;
  if (ingress === undefined && conditions === undefined) return undefined;
  const list = (items: readonly object[]) => (items.length === 0 ? null : items);
  const status = {
    ...(ingress === undefined ? {} : { loadBalancer: { ingress: list(ingress) } }),
    ...(conditions === undefined ? {} : { conditions: list(conditions) }),
  };
  return { metadata: metadataOf(changes), status };
}

/** What is left for the object itself, as it is by now; undefined: nothing is. */
export function metadataPatch(changes: ServiceChanges, { metadata }: Service): object | undefined {
  const { label, record, note, allocatedFrom = {}, finalizers } = changes;
  const { labels = {}, annotations = {} } = metadata;
  const says = (present: string | undefined, wanted: string | null | undefined) =>
    wanted === undefined || (present ?? null) === wanted;
  const isNoted =
    says(labels[eipName], label) &&
    says(annotations[allocatedAnnotation], record) &&
    says(annotations[newAddressesAnnotation], note) &&
    Object.entries(allocatedFrom).every(([key, wanted]) => says(annotations[key], wanted));
  const rest = { ...(isNoted ? {} : metadataOf(changes)), ...(finalizers === undefined ? {} : { finalizers }) };
  return Object.keys(rest).length === 0 ? undefined : { metadata: rest };
}

function metadataOf({ label, record, note, allocatedFrom }: ServiceChanges): object {
  const annotations = {
    ...(record === undefined ? {} : { [allocatedAnnotation]: record }),
    ...(note === undefined ? {} : { [newAddressesAnnotation]: note }),
    ...allocatedFrom,
  };
  return {
    ...(label === undefined ? {} : { labels: { [eipName]: label } }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
