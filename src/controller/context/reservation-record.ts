/** What the record of reservations says, as text: pure. */

/** Says: the version `resourceVersion` of the object `key` may get `addresses`. Any later version needs a new one. */
export interface Reservation {
  /** `namespace/name` of a Service, or the name of a VipGroup. */
  readonly key: string;
  readonly uid: string;
  /** Of a VipGroup its `metadata.generation`, since its status is written by others all the time. */
  readonly resourceVersion: string;
  readonly addresses: readonly string[];
}

/** One entry per version of a Service, with all that it may get. */
export function merged(reservations: readonly Reservation[]): readonly Reservation[] {
  const byVersion = new Map<string, Reservation>();
  for (const one of reservations) {
    const id = `${one.uid} ${one.resourceVersion}`;
    const addresses = [...new Set([...(byVersion.get(id)?.addresses ?? []), ...one.addresses])];
    byVersion.set(id, { ...one, addresses });
  }
  return [...byVersion.values()];
}

export function recordText(reservations: readonly Reservation[]): string {
  return JSON.stringify(
    reservations.map(({ key, uid, resourceVersion, addresses }) => [key, uid, resourceVersion, ...addresses]),
  );
}

/** The inverse of {@link recordText}. What cannot be read was not written by a controller; what controllers finished is in the statuses all the same. */
export function parseRecord(text: string | undefined): readonly Reservation[] {
  try {
    const entries: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry): Reservation[] => {
      if (!Array.isArray(entry) || entry.length < 4 || entry.some((part) => typeof part !== 'string')) return [];
      const [key, uid, resourceVersion, ...addresses] = entry as string[];
      return [{ key: key!, uid: uid!, resourceVersion: resourceVersion!, addresses }];
    });
  } catch {
    return [];
  }
}
