/**
 * Answers those who ask whether this engine lives: one socket for each NIC and address that adverts come from. Nothing is remembered of
 * who asks, and a turn answers only so many.
 */
import { answerTo, reflectorDiscriminator, seamlessPort } from '../../../core/bfd/seamless.js';
import { type Micros, never } from '../../../core/time.js';
import { encodeControlPacket } from '../../../core/wire/bfd.js';
import { decodeControlPacket } from '../../../core/wire/bfd-checks.js';
import type { ReceivedDatagram } from '../../../platform/linux/datagram-socket.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { addressKey } from '../address-key.js';
import { createDatagramReader, type DatagramReader, type ReadingBudget } from '../datagram-reader.js';
import type { Kernel } from '../kernel.js';

/** 6400 a second, which is sixty Backups at 10 ms: some 5 % of a core. */
const budget: ReadingBudget = { most: 64, window: 10_000 };
/** How often one asker may ask, as answers say. */
const requiredMinRx: Micros = 10_000;
const retryInterval: Micros = 2_000_000;

/** Where questions come in. */
export interface Place {
  readonly nic: { readonly index: number; readonly name: string };
  readonly address: Uint8Array;
}

export interface Reflectors {
  /** Answers at these places, and at no others. */
  keep(places: Iterable<Place>, now: Micros): void;
  work(now: Micros): void;
  deadline(): Micros;
}

interface Reflector {
  readonly place: Place;
  /** Undefined while the kernel refuses it. */
  reader: DatagramReader | undefined;
  openAt: Micros;
}

export function createReflectors(o: {
  readonly kernel: Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket'>;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
}): Reflectors {
  const all = new Map<string, Reflector>();

  function open(reflector: Reflector, now: Micros): void {
    const { nic, address } = reflector.place;
    const family = address.length === 4 ? 4 : 6;
    try {
      const socket = o.kernel.openDatagramSocket({ family, address, interface: nic, port: seamlessPort });
      reflector.reader = createDatagramReader(o.kernel, socket, budget);
      reflector.openAt = never;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      o.count('liveness_socket_failures'); // nobody relies on an answer that never came
      reflector.openAt = now + retryInterval;
    }
  }

  function answer({ place, reader }: Reflector, datagram: ReceivedDatagram): void {
    const decoded = decodeControlPacket(datagram.payload);
    const answered = decoded.ok
      ? answerTo(decoded.packet, reflectorDiscriminator(place.address), requiredMinRx)
      : decoded;
    if (!answered.ok) {
      o.drop(answered.reason);
      return;
    }
    reader?.socket.sendTo(encodeControlPacket(answered.answer), datagram.source);
    o.count('liveness_questions_answered');
  }

  return {
    keep(places, now) {
      const wanted = new Map(
        [...places].map((place) => [`${place.nic.index} ${place.nic.name} ${addressKey(place.address)}`, place]),
      );
      for (const [key, { reader }] of all) {
        if (wanted.has(key)) continue;
        reader?.close();
        all.delete(key);
      }
      for (const [key, place] of wanted) {
        if (all.has(key)) continue;
        const reflector: Reflector = { place, reader: undefined, openAt: now };
        all.set(key, reflector);
        open(reflector, now);
      }
    },
    work(now) {
      for (const reflector of all.values()) {
        if (reflector.reader === undefined) {
          if (now >= reflector.openAt) open(reflector, now);
        } else reflector.reader.work((datagram) => answer(reflector, datagram));
      }
    },
    deadline() {
      let at = never;
      for (const { reader, openAt } of all.values()) at = Math.min(at, openAt, reader?.deadline() ?? never);
      return at;
    },
  };
}
