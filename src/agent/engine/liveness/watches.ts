/**
 * Watches those whom this node's Backups follow: one watch for each of them, its NIC and patience, whatever number of groups it leads. What it
 * sees is given to the routers of these groups.
 */
import { isAnswerTo, question, reflectorDiscriminator, seamlessPort } from '../../../core/bfd/seamless.js';
import {
  createWatch,
  defaultPatience,
  fastPatience,
  type Patience,
  stepWatch,
  type Watch,
  type WatchInput,
} from '../../../core/liveness/watch.js';
import { type Micros, never } from '../../../core/time.js';
import { downInterval } from '../../../core/vrrp/transitions.js';
import { encodeControlPacket } from '../../../core/wire/bfd.js';
import { decodeControlPacket } from '../../../core/wire/bfd-checks.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { ReceivedDatagram } from '../../../platform/linux/datagram-socket.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import { createDatagramReader, type DatagramReader, type ReadingBudget } from '../datagram-reader.js';
import type { Member } from '../election/member.js';
import { bestSuccessor } from '../election/succession.js';
import type { Kernel } from '../kernel.js';
import type { LivenessEffect } from './effects.js';

/** Twice what is asked at 1 ms. */
const budget: ReadingBudget = { most: 64, window: 10_000 };
const retryInterval: Micros = 500_000;
/**
 * Backups notice within one interval of each other. Priorities of members differ by 20 of 256 or so, which of fifteen intervals is a little
 * more than one.
 */
const spreadInIntervals = 15;
const longestSpread: Micros = 1_000_000;

export interface Watches {
  /** An advert of the leader that counts was heard for a group. */
  heard(member: Member, source: Uint8Array, now: Micros): void;
  /** Judges a leader anew, once the adverts that waited have been read; by the key of its watch. */
  judge(peer: string): readonly LivenessEffect[];
  work(): readonly LivenessEffect[];
  deadline(): Micros;
}

/** How a leader is watched, and what its loss means: see the input `peer-lost` of the virtual router. */
interface Demand {
  readonly patience: Patience;
  readonly spread: Micros;
  readonly patient: boolean;
}

interface Watched {
  readonly key: string;
  readonly source: Uint8Array;
  readonly nic: { readonly index: number; readonly name: string };
  readonly local: Uint8Array;
  readonly asker: { readonly myDiscriminator: number; readonly reflector: number };
  readonly question: Uint8Array;
  readonly members: Set<Member>;
  readonly demand: Demand;
  watch: Watch;
  /** Undefined while the kernel refuses it. */
  reader: DatagramReader | undefined;
  openAt: Micros;
}

export function createWatches(o: {
  readonly kernel: Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket'>;
  /** 0 to below 1; not to be guessed. */
  readonly random: () => number;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
}): Watches {
  const all = new Map<string, Watched>();
  const watchOf = new WeakMap<Member, Watched>();

  function start(member: Member, source: Uint8Array, key: string, now: Micros): Watched {
    const { nic, source: local } = member.phase.binding!;
    const demand = demandOf(member);
    const { patience } = demand;
    const asker = {
      myDiscriminator: 1 + Math.floor(o.random() * 0xffff_fffe),
      reflector: reflectorDiscriminator(source),
    };
    const detectMult = Math.max(1, Math.min(255, Math.round(patience.limit / patience.askEvery)));
    const watched: Watched = {
      key,
      source,
      nic: { index: nic.index, name: nic.link.name },
      local,
      asker,
      question: encodeControlPacket(question({ ...asker, interval: patience.askEvery, detectMult })),
      members: new Set(),
      demand,
      watch: createWatch(patience, now),
      reader: undefined,
      openAt: now,
    };
    all.set(key, watched);
    return watched;
  }

  function end(watched: Watched): void {
    watched.reader?.close();
    all.delete(watched.key);
  }

  function open(watched: Watched, now: Micros): void {
    const { source, local, nic } = watched;
    try {
      const socket = o.kernel.openDatagramSocket({
        family: source.length === 4 ? 4 : 6,
        address: local,
        interface: nic,
        port: 0,
        remote: { address: source, port: seamlessPort },
      });
      watched.reader = createDatagramReader(o.kernel, socket, budget);
      watched.reader.attend(watched.watch.standing !== 'proven');
      watched.openAt = never;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      o.count('liveness_socket_failures');
      watched.openAt = now + retryInterval;
    }
  }

  /** Only the passing of time asks for something. */
  function give(watched: Watched, input: WatchInput, now: Micros): readonly LivenessEffect[] {
    const before = watched.watch.standing;
    const { watch, output } = stepWatch(watched.watch, input, now);
    watched.watch = watch;
    if (watch.standing !== before) {
      o.count(`liveness_peers_${watch.standing}`);
      // The kernel stamps an answer, so that of one who is known to answer may wait until the next question is due.
      watched.reader?.attend(watch.standing !== 'proven');
    }
    switch (output) {
      case undefined:
        return none;
      case 'ask':
        ask(watched, now);
        return none;
      case 'drain':
        return [{ type: 'read-adverts' }, { type: 'judge-peer', peer: watched.key }];
      case 'lost':
        return [...watched.members].map((member) => lost(member, watched));
    }
  }

  function lost(member: Member, { source, demand }: Watched): LivenessEffect {
    const { spread, patient } = demand;
    o.count('liveness_leaders_lost');
    const best = bestSuccessor(member.config, source);
    return { type: 'input', member, input: { type: 'peer-lost', source, spread, best, patient } };
  }

  function ask(watched: Watched, now: Micros): void {
    const { reader } = watched;
    if (reader === undefined) return;
    o.count('liveness_questions_sent');
    if (reader.socket.send(watched.question) === 0) return;
    // What an ICMP message says of an earlier question is reported once, instead of sending.
    if (reader.socket.send(watched.question) === 0) return;
    reader.close();
    watched.reader = undefined;
    watched.openAt = now + retryInterval;
  }

  function hear(watched: Watched, { payload, at }: ReceivedDatagram): void {
    const decoded = decodeControlPacket(payload);
    if (!decoded.ok) o.drop(decoded.reason);
    else if (isAnswerTo(decoded.packet, watched.asker)) give(watched, { type: 'answer', at }, o.kernel.now());
    else o.drop('no-answer');
  }

  /** Groups that follow somebody else by now, or nobody, are no concern of it. */
  function prune(watched: Watched): void {
    for (const member of watched.members) {
      const { binding } = member.phase;
      const follows =
        watchOf.get(member) === watched &&
        binding?.router.state === 'Backup' &&
        isWatchable(member) &&
        binding.router.activeSource !== undefined &&
        equalOctets(binding.router.activeSource, watched.source);
      if (!follows) watched.members.delete(member);
    }
    if (watched.members.size === 0) end(watched);
  }

  return {
    heard(member, source, now) {
      const { binding } = member.phase;
      if (binding?.router.state !== 'Backup' || !isWatchable(member)) return;
      const key = keyOf(member, source);
      const watched = all.get(key) ?? start(member, source, key, now);
      watchOf.set(member, watched);
      watched.members.add(member);
      give(watched, { type: 'advert', at: now }, now);
    },
    judge(peer) {
      const watched = all.get(peer);
      if (watched === undefined) return none;
      watched.reader?.drain((datagram) => hear(watched, datagram));
      const now = o.kernel.now();
      return give(watched, { type: 'time', drainedAt: watched.reader?.drainedAt() ?? now }, now);
    },
    work() {
      let effects: readonly LivenessEffect[] = none;
      for (const watched of [...all.values()]) {
        const now = o.kernel.now();
        if (watched.reader === undefined && now >= watched.openAt) open(watched, now);
        const isDue = () => watched.watch.deadline <= o.kernel.now();
        if (watched.watch.standing !== 'proven' || isDue()) watched.reader?.work((datagram) => hear(watched, datagram));
        if (!isDue()) continue;
        prune(watched);
        if (!all.has(watched.key)) continue;
        const at = o.kernel.now();
        const input = { type: 'time', drainedAt: Math.min(at, watched.reader?.drainedAt() ?? at) } as const;
        effects = [...effects, ...give(watched, input, at)];
      }
      return effects;
    },
    deadline() {
      let at = never;
      for (const { watch, reader, openAt } of all.values()) {
        at = Math.min(at, watch.deadline, openAt, reader?.deadline() ?? never);
      }
      return at;
    },
  };
}

function demandOf({ config }: Member): Demand {
  const { fastDetection: fast } = config;
  if (fast === undefined) return { patience: defaultPatience, spread: longestSpread, patient: true };
  return {
    patience: fastPatience(fast.interval, fast.multiplier),
    spread: fast.interval * spreadInIntervals,
    patient: false,
  };
}

/** Whether watching is wanted, and finds a dead leader sooner than the absence of its adverts. */
function isWatchable({ config, phase: { binding } }: Member): boolean {
  if (config.asksLeader === false) return false;
  return (
    config.fastDetection !== undefined ||
    downInterval(binding!.router) > defaultPatience.limit + defaultPatience.askAfter
  );
}

/** What one watch serves: the leader, the way to it, and the patience. */
function keyOf(member: Member, source: Uint8Array): string {
  const { nic, source: local } = member.phase.binding!;
  const { limit, askEvery } = demandOf(member).patience;
  return `${nic.index} ${nic.link.name} ${askEvery} ${limit} ${addressKey(local)} ${addressKey(source)}`;
}
