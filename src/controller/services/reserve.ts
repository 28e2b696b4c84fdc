/** Addresses that a Service's status does not say yet go into the record of reservations before they go there. */
import { formatIp, type IpAddress } from '../../core/ip/address.js';
import type { Reservation } from '../context/reservation-record.js';
import type { Reservations } from '../context/reservations.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import { without } from './decide.js';

/** Undefined: nothing is to be reserved. @param had what its status says @param granted what it is to say */
export function reservationFor(
  service: Service,
  had: readonly IpAddress[],
  granted: readonly IpAddress[],
): Reservation | undefined {
  const fresh = without(granted, had);
  if (fresh.length === 0) return undefined;
  const { uid = '', resourceVersion = '' } = service.metadata;
  return { key: serviceKey(service), uid, resourceVersion, addresses: fresh.map(formatIp) };
}

/** False: what was decided counts no more. */
export async function reserve(
  reservations: Pick<Reservations, 'reserve'>,
  reservation: Reservation | undefined,
): Promise<boolean> {
  return reservation === undefined || reservations.reserve(reservation);
}
