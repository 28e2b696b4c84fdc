/**
 * Answers those who ask whether this engine lives: one socket for each NIC and address that adverts come from. A turn answers only so many.
 * Who follows this node may ask for answers that come unasked for a while (core/liveness/subscriptions); nothing is remembered of others.
 */
import { answerTo, reflectorDiscriminator, seamlessPort, unaskedOf } from '../../../core/bfd/seamless.js';
import {
  createSubscriptions,
  type Subscriptions,
  stream,
  streamDue,
  subscribe,
} from '../../../core/liveness/subscriptions.js';
import { type Micros, never } from '../../../core/time.js';
import { encodeControlPacket } from '../../../core/wire/bfd.js';
import { decodeControlPacket } from '../../../core/wire/bfd-checks.js';
import type { ReceivedDatagram } from '../../../platform/linux/datagram-socket.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { SocketAddress } from '../../../platform/linux/socket-address.js';
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
  readonly subscriptions: Subscriptions<Answer>;
  /** Undefined while the kernel refuses it. */
  reader: DatagramReader | undefined;
  openAt: Micros;
}

interface Answer {
  readonly to: SocketAddress;
  readonly octets: Uint8Array;
}

export function createReflectors(o: {
  readonly kernel: Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket'>;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
  /** Whether a member whose adverts come from that address follows one of the groups that are led here. */
  readonly isFollowedBy: (place: Place, address: Uint8Array) => boolean;
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

  function answer({ place, reader, subscriptions }: Reflector, datagram: ReceivedDatagram, now: Micros): void {
    const decoded = decodeControlPacket(datagram.payload);
    const answered = decoded.ok
      ? answerTo(decoded.packet, reflectorDiscriminator(place.address), requiredMinRx)
      : decoded;
    if (!answered.ok) {
      o.drop(answered.reason);
      return;
    }
    const { answer, streamInterval } = answered;
    reader?.socket.sendTo(encodeControlPacket(answer), datagram.source);
    o.count('liveness_questions_answered');
    if (streamInterval === 0 || !o.isFollowedBy(place, datagram.source.address)) return;
    const to = { ...datagram.source, address: datagram.source.address.slice() };
    const subscriber = {
      address: addressKey(to.address),
      identity: `${to.port} ${answer.yourDiscriminator}`,
      interval: streamInterval,
      answer: { to, octets: encodeControlPacket(unaskedOf(answer)) },
    };
    subscribe(subscriptions, subscriber, now);
  }

  function answerUnasked({ reader, subscriptions }: Reflector, now: Micros): void {
    stream(subscriptions, now, ({ to, octets }) => {
      reader?.socket.sendTo(octets, to);
      o.count('liveness_answers_unasked');
    });
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
        const reflector: Reflector = { place, subscriptions: createSubscriptions(), reader: undefined, openAt: now };
        all.set(key, reflector);
        open(reflector, now);
      }
    },
    work(now) {
      for (const reflector of all.values()) {
        if (reflector.reader === undefined) {
          if (now >= reflector.openAt) open(reflector, now);
        } else {
          reflector.reader.work((datagram) => answer(reflector, datagram, now));
          answerUnasked(reflector, now);
        }
      }
    },
    deadline() {
      let at = never;
      for (const { reader, openAt, subscriptions } of all.values())
        at = Math.min(at, openAt, reader === undefined ? never : Math.min(reader.deadline(), streamDue(subscriptions)));
      return at;
    },
  };
}
