/**
 * Reservations: what keeps two controllers that act at once, and one that follows another's sudden death, from giving one
 * address to two Services. Before a status says an address, one small record says who is about to get it; the record is
 * written with the resourceVersion it was read with, so of two who reserve at once one is refused, catches up and decides again.
 *
 * Reservations that come while the record is being written go into it together: one write for many Services.
 * See docs/decisions/0009-reservations.md for why this is sound.
 */
import { controllerLeaseLabels } from '../../api/agent-lease.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { merged, parseRecord, type Reservation, recordText } from './reservation-record.js';

export interface Reservations {
  /**
   * @returns true once the record says so; false when somebody else has written it: everything was read again, and what
   * was decided before counts no more
   */
  reserve(reservation: Reservation): Promise<boolean>;
  /** The Service has another version by now: what was reserved is in its status, or never will be. */
  settled(key: string): void;
  /** The addresses that a write of ours whose fate is unknown may yet give to an object. */
  possible(key: string): readonly string[];
  /** What may yet be given: by us, also where the record does not say so yet, and by others as far as we know. */
  open(): readonly Reservation[];
}

/** The state of the cluster, as far as reserving needs it. */
export interface CatchUp<S> {
  /** What the store holds at this moment or later. */
  read(): Promise<S>;
  /**
   * Takes over what was read, without waiting for anything.
   * @param own what this controller reserved: where a Service may still get it, what it holds stays
   * @param others what others reserved
   * @returns those of `others` that may still get what was reserved for them
   */
  adopt(state: S, own: readonly Reservation[], others: readonly Reservation[]): readonly Reservation[];
  /** Whether an object is known to have another version than the one a reservation speaks of. */
  isPast(reservation: Reservation): boolean;
}

type Record = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<{ [name: string]: string }>;
  };
  readonly spec?: object;
};

interface Waiting {
  readonly reservation: Reservation;
  readonly resolve: (granted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The records of addresses that Services, and VipGroups, are about to get. */
export const serviceRecord = 'openelb-reservations';
export const groupRecord = 'openelb-placements';
const annotation = 'openelb.kubesphere.io/reservations';

interface Reserving<S> {
  readonly recordName: string;
  readonly client: Pick<ApiClient, 'get' | 'create' | 'replace'>;
  /** Where the record is, a Lease beside that of the election. */
  readonly namespace: string;
  readonly catchUp: CatchUp<S>;
  /** The record as this controller knows it; undefined: not read yet, or overtaken. */
  known: Record | undefined;
  readonly own: Map<string, Reservation>;
  others: readonly Reservation[];
  readonly queue: Waiting[];
  /** What is being written into the record. */
  asking: readonly Waiting[];
  writing: boolean;
}

export function createReservations<S>(
  o: Pick<Reserving<S>, 'recordName' | 'client' | 'namespace' | 'catchUp'>,
): Reservations {
  const r: Reserving<S> = {
    ...o,
    known: undefined,
    own: new Map(),
    others: [],
    queue: [],
    asking: [],
    writing: false,
  };
  return {
    reserve: (reservation) => new Promise((resolve, reject) => wait(r, { reservation, resolve, reject })),
    settled: (key) => {
      r.own.delete(key);
    },
    possible: (key) => r.own.get(key)?.addresses ?? [],
    open: () => {
      forgetPast(r);
      return [...r.others, ...r.own.values(), ...[...r.asking, ...r.queue].map(({ reservation }) => reservation)];
    },
  };
}

function wait<S>(r: Reserving<S>, waiting: Waiting): void {
  r.queue.push(waiting);
  if (r.writing) return;
  r.writing = true;
  // In a microtask: what is reserved in one go is written at once.
  queueMicrotask(() => void write(r));
}

async function write<S>(r: Reserving<S>): Promise<void> {
  while (r.queue.length > 0) {
    const batch = r.queue.splice(0);
    r.asking = batch;
    try {
      const granted = await record(
        r,
        batch.map(({ reservation }) => reservation),
      );
      if (!granted) await readAgain(r, batch);
      for (const { resolve } of batch) resolve(granted);
    } catch (error) {
      r.known = undefined;
      for (const { reject } of batch) reject(error);
    }
  }
  r.asking = [];
  r.writing = false;
}

function forgetPast<S>(r: Reserving<S>): void {
  r.others = r.others.filter((reservation) => !r.catchUp.isPast(reservation));
  for (const [key, one] of r.own) if (r.catchUp.isPast(one)) r.own.delete(key);
}

/** False when the record is not what it was. */
async function record<S>(r: Reserving<S>, fresh: readonly Reservation[]): Promise<boolean> {
  forgetPast(r);
  const { client, known, own } = r;
  const metadata = {
    name: r.recordName,
    namespace: r.namespace,
    labels: controllerLeaseLabels,
    annotations: { [annotation]: recordText(merged([...r.others, ...own.values(), ...fresh])) },
  };
  try {
    if (known === undefined) {
      if ((await readRecord(r)) !== undefined) return false;
      r.known = await client.create<Record>(leases, { metadata, spec: {} });
    } else {
      const { resourceVersion } = known.metadata;
      r.known = await client.replace<Record>(leases, {
        ...known,
        metadata: { ...metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      });
    }
  } catch (error) {
    // Gone (404, when replacing) or changed: both mean that others were here.
    if (hasStatus(error, 409) || (known !== undefined && hasStatus(error, 404))) return false;
    throw error;
  }
  for (const one of fresh) own.set(one.key, merged([...(own.has(one.key) ? [own.get(one.key)!] : []), one]).at(-1)!);
  return true;
}

/** The record first, then the Services: what the record lists no more, they show. Who waits joins `batch`: to decide again. */
async function readAgain<S>(r: Reserving<S>, batch: Waiting[]): Promise<void> {
  const { own } = r;
  r.known = undefined;
  const present = await readRecord(r);
  const state = await r.catchUp.read();
  const ours = (one: Reservation) => own.get(one.key)?.resourceVersion === one.resourceVersion;
  const listed = parseRecord(present?.metadata.annotations?.[annotation]).filter((one) => !ours(one));
  r.others = r.catchUp.adopt(state, [...own.values()], listed);
  forgetPast(r);
  batch.push(...r.queue.splice(0));
  r.known = present;
}

function readRecord<S>({ client, namespace, recordName }: Reserving<S>): Promise<Record | undefined> {
  return client.get<Record>(leases, `${namespace}/${recordName}`);
}
