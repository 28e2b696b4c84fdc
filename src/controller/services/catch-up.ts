/** How a controller learns what another has given out: every Service as the store has it, in place of what the watch has brought. */
import { formatIp, parseIp } from '../../core/ip/address.js';
import { poolOf } from '../../core/ipam/pool.js';
import { services } from '../../platform/kubernetes/builtin-resources.js';
import { listPages } from '../../platform/kubernetes/list-pages.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import type { Context } from '../context/context.js';
import type { Reservation } from '../context/reservation-record.js';
import type { CatchUp } from '../context/reservations.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import { grantedInStatus } from './granted.js';
import { isOurs } from './ownership.js';
import { serviceRequest } from './request.js';

/** By key. */
type State = ReadonlyMap<string, Service>;

/** @param assignAll enters what Services say in the ledger */
export function catchUpServices(
  c: Context,
  assignAll: (c: Context, services: Iterable<Service>) => void,
): CatchUp<State> {
  const canStillGet = (listed: State, { key, uid, resourceVersion }: Reservation) => {
    const metadata = listed.get(key)?.metadata;
    return metadata?.uid === uid && metadata?.resourceVersion === resourceVersion;
  };

  const hold = (service: Service, { addresses }: Reservation) => {
    const namespace = c.world.namespace(service.metadata.namespace ?? '');
    const pools = c.world.pools();
    const request = serviceRequest(service, namespace, [], pools);
    const { key, terms, created } = request;
    const granted = grantedInStatus(service, request, pools, c.exclusions());
    const current = [...new Set([...granted.map(formatIp), ...addresses])].flatMap((text) => parseIp(text) ?? []);
    const grants = current.flatMap((address) => {
      const pool = poolOf(pools, address)?.name;
      return pool === undefined ? [] : [{ address, pool }];
    });
    const strays = current.filter((address) => !grants.some((grant) => grant.address === address));
    c.assignments.assign({ key, terms, created }, grants, strays);
    c.schedule.service(key);
  };

  return {
    read: async () => {
      const { items } = await listPages<unknown, Service>(
        c.client.request,
        services,
        {},
        {
          keep: c.world.keepService,
        },
      );
      return new Map(items.map((service) => [serviceKey(service), service]));
    },
    adopt: (listed, mine, others) => {
      const own = new Set(mine.filter((one) => canStillGet(listed, one)).map(({ key }) => key));
      for (const [key, service] of listed) {
        const present = c.world.services.get(key);
        const isNews =
          present === undefined || isOlderVersion(present.metadata.resourceVersion, service.metadata.resourceVersion);
        if (isNews) c.world.services.wrote(service);
      }
      /** Not of one that is known to be gone by now. */
      const isThere = (key: string) => c.world.services.get(key)?.metadata.uid === listed.get(key)?.metadata.uid;
      for (const { key } of [...c.assignments.ledger.holdings()]) if (!own.has(key)) c.assignments.release(key);
      assignAll(
        c,
        [...listed].flatMap(([key, service]) => (own.has(key) || !isThere(key) ? [] : [service])),
      );
      const open = others.filter((one) => canStillGet(listed, one) && isThere(one.key));
      for (const reservation of open) {
        const service = listed.get(reservation.key)!;
        if (!own.has(reservation.key) && isOurs(service, c.settings.allServices)) hold(service, reservation);
      }
      for (const { name } of c.world.pools()) {
        c.schedule.groups(name);
        c.schedule.status(name);
      }
      c.schedule.waiting();
      return open;
    },
    isPast: ({ key, uid, resourceVersion }) => {
      const metadata = c.world.services.get(key)?.metadata;
      return metadata?.uid !== uid || isOlderVersion(resourceVersion, metadata?.resourceVersion);
    },
  };
}
