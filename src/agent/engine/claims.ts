/**
 * Other hosts' claims to the addresses of groups that are led here (RFC 5227, RFC 4862).
 *
 * An address that no router of the group is known to have held (`unproven.ts`) is probed before it is first held, and not taken while
 * another host has it. One that a node takes over from a leader that it heard is not: nothing may delay that. While addresses are held,
 * a claim by a host that is no member is reported, and answered by an announcement now and then. Members' claims are the election's to
 * settle.
 */
import { type Claim, claimOf } from '../../core/neighbor/claim.js';
import { hearClaim, type Probe, probeDue, probeOutcome, startProbe } from '../../core/neighbor/probe.js';
import { type Micros, never } from '../../core/time.js';
import { formatMac } from '../../core/wire/mac.js';
import { decodeNeighborFrame, encodeArpProbe, encodeNeighborSolicitation } from '../../core/wire/neighbor-frame.js';
import { equalOctets } from '../../core/wire/octets.js';
import { LinuxError } from '../../platform/linux/errno.js';
import type { PacketSocket } from '../../platform/linux/packet-socket.js';
import { addressKey } from './address-key.js';
import type { Kernel } from './kernel.js';
import { type Member, type Nic, text } from './member.js';
import type { EngineEvent } from './messages.js';
import { sight } from './sightings.js';

/** Frames of one NIC per turn: adverts that fall due wait for at most about a millisecond. */
const framesPerTurn = 128;
/** Addresses that are probed together. At a first start all groups may have theirs to be asked for at the same instant. */
const probesTogether = 64;
/** Soon, because the address may be on its way here from another group. The longest is how late an address is taken whose host has gone. */
const firstRetry: Micros = 250_000;
const longestRetry: Micros = 10_000_000;
/** RFC 5227 section 1.1, DEFEND_INTERVAL. */
const defendInterval: Micros = 10_000_000;

export interface Claims {
  /**
   * The group leads, with these addresses: `fresh` ones among them are probed before they are admitted. Returns those that are
   * admitted now; the others follow by `admit`.
   */
  lead(
    member: Member,
    addresses: readonly Uint8Array[],
    fresh: readonly Uint8Array[],
    now: Micros,
  ): readonly Uint8Array[];
  /** The group leads no more. */
  end(group: string): void;
  /** Hears a bounded number of frames, and does what is due. */
  work(now: Micros): void;
  deadline(): Micros;
}

/** An address of a group that leads here. */
interface Watched {
  readonly member: Member;
  readonly address: Uint8Array;
  state: 'held' | 'probing' | 'taken';
  retryAt: Micros;
  backoff: Micros;
  defendedAt: Micros;
}

interface Ear {
  readonly socket: PacketSocket;
  readonly watched: Map<string, Watched>;
  readable: boolean;
}

interface Probing {
  readonly nic: Nic;
  readonly addresses: readonly Watched[];
  probe: Probe;
}

/** @param o.admit tells the addresses of a group that are admitted when they change; @param o.defend announces one address once */
export function createClaims(o: {
  readonly kernel: Pick<Kernel, 'openPacketSocket' | 'discard' | 'poller'>;
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string) => void;
  readonly admit: (member: Member, addresses: readonly Uint8Array[]) => void;
  readonly defend: (member: Member, address: Uint8Array) => void;
  /** The member's report changed. */
  readonly changed: (member: Member) => void;
}): Claims {
  const groups = new Map<string, { readonly ear: Ear; readonly index: number; addresses: Map<string, Watched> }>();
  const ears = new Map<number, Ear>();
  const frame = new Uint8Array(2048);
  /** Addresses that another host has, to be probed again. */
  const waiting = new Set<Watched>();
  let probes: Probing[] = [];

  function earOf(nic: Nic): Ear | undefined {
    const known = ears.get(nic.index);
    if (known !== undefined) return known;
    try {
      const socket = o.kernel.openPacketSocket({ interfaceIndex: nic.index, filter: 'neighbor', multicast: [] });
      const ear: Ear = { socket, watched: new Map(), readable: false };
      o.kernel.poller.add(socket.fd, () => {
        ear.readable = true;
      });
      ears.set(nic.index, ear);
      return ear;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return undefined; // the NIC is going: the group will be told to let go
    }
  }

  function begin(addresses: readonly Watched[], now: Micros): void {
    const nic = addresses[0]?.member.seat?.nic;
    if (nic === undefined) return;
    for (const each of addresses) {
      each.state = 'probing';
      waiting.delete(each);
    }
    for (let from = 0; from < addresses.length; from += probesTogether) {
      const some = addresses.slice(from, from + probesTogether);
      probes.push({ nic, addresses: some, probe: startProbe(some.length, now) });
    }
  }

  function advance(probing: Probing, now: Micros): void {
    const { probe, send } = probeDue(probing.probe, now);
    probing.probe = probe;
    probing.addresses.forEach((watched, index) => {
      if (!isWatched(watched) || probeOutcome(probe, index).state !== 'probing' || !send) return;
      const question = probeFrame(probing.nic.link.mac, watched.address);
      o.count(probing.nic.socket.send(question, question.length) === 0 ? 'address_probes_sent' : 'send_failures');
    });
    if (probe.deadline === never) conclude(probing, now);
  }

  function conclude({ addresses, probe }: Probing, now: Micros): void {
    const affected = new Set<Member>();
    addresses.forEach((watched, index) => {
      if (!isWatched(watched) || watched.state !== 'probing') return;
      const outcome = probeOutcome(probe, index);
      affected.add(watched.member);
      if (outcome.state !== 'taken') {
        watched.state = 'held';
        watched.member.unproven.delete(addressKey(watched.address));
        return;
      }
      watched.state = 'taken';
      watched.backoff = Math.min(Math.max(watched.backoff * 2, firstRetry), longestRetry);
      watched.retryAt = now + watched.backoff;
      waiting.add(watched);
      if (watched.backoff > firstRetry) report(watched, outcome.mac, false, now);
    });
    for (const member of affected) {
      explain(member);
      o.admit(member, admitted(member.config.name));
    }
  }

  function isWatched(watched: Watched): boolean {
    return groups.get(watched.member.config.name)?.addresses.get(addressKey(watched.address)) === watched;
  }

  function report({ member, address }: Watched, mac: Uint8Array, held: boolean, now: Micros): void {
    const seen = { kind: 'address-conflict', offender: formatMac(mac), address: text(address), held } as const;
    sight(o.post, member, seen, now);
  }

  /** What the member's report says of addresses that it does not take. */
  function explain(member: Member): void {
    const all = [...(groups.get(member.config.name)?.addresses.values() ?? [])];
    const taken = all
      .filter(({ state, backoff }) => state !== 'held' && backoff > 0)
      .map(({ address }) => text(address));
    const conflict = taken.length === 0 ? undefined : `not taken, because another host has it: ${taken.join(', ')}`;
    if (member.conflict === conflict) return;
    member.conflict = conflict;
    o.changed(member);
  }

  function admitted(group: string): readonly Uint8Array[] {
    const all = [...(groups.get(group)?.addresses.values() ?? [])];
    return all.filter(({ state }) => state === 'held').map(({ address }) => address);
  }

  function hear(ear: Ear, length: number, now: Micros): void {
    const decoded = decodeNeighborFrame(frame, length);
    const claim = decoded.ok ? claimOf(decoded.message) : undefined;
    if (claim === undefined) return;
    const watched = ear.watched.get(addressKey(claim.address));
    if (watched === undefined || isOurs(claim, watched.member)) return;
    if (watched.state === 'probing') {
      for (const probing of probes) {
        const index = probing.addresses.indexOf(watched);
        if (index >= 0) probing.probe = hearClaim(probing.probe, index, claim.mac);
      }
    } else if (
      watched.state === 'held' &&
      claim.kind === 'holds' &&
      watched.member.seat?.router.leaving === undefined
    ) {
      report(watched, claim.mac, true, now);
      if (now - watched.defendedAt < defendInterval) return;
      watched.defendedAt = now;
      o.defend(watched.member, watched.address);
    }
  }

  function listen(now: Micros): void {
    for (const ear of ears.values()) {
      for (let taken = 0; ear.readable && taken < framesPerTurn; taken++) {
        const length = ear.socket.receive(frame);
        if (length === 0) ear.readable = false;
        else hear(ear, length, now);
      }
    }
  }

  function end(group: string): void {
    const known = groups.get(group);
    if (known === undefined) return;
    groups.delete(group);
    for (const [key, watched] of known.addresses) {
      watched.member.conflict = undefined;
      if (known.ear.watched.get(key) === watched) known.ear.watched.delete(key);
    }
    if ([...groups.values()].some((other) => other.ear === known.ear)) return;
    o.kernel.poller.remove(known.ear.socket.fd);
    o.kernel.discard(known.ear.socket);
    ears.delete(known.index);
  }

  return {
    lead(member, addresses, fresh, now) {
      const nic = member.seat!.nic;
      const before = groups.get(member.config.name);
      const ear = earOf(nic);
      if (ear === undefined) return addresses;
      const unproven = new Set(fresh.map(addressKey));
      const watches = new Map<string, Watched>();
      const probed: Watched[] = [];
      for (const [key] of before?.addresses ?? []) ear.watched.delete(key);
      for (const address of addresses) {
        const key = addressKey(address);
        const young = { state: 'held' as const, retryAt: never, backoff: 0, defendedAt: -never };
        const watched = before?.addresses.get(key) ?? { member, address, ...young };
        watches.set(key, watched);
        ear.watched.set(key, watched);
        if (unproven.has(key) && !before?.addresses.has(key)) probed.push(watched);
      }
      groups.set(member.config.name, { ear, index: nic.index, addresses: watches });
      begin(probed, now);
      explain(member);
      return admitted(member.config.name);
    },
    end,
    work(now) {
      listen(now);
      let room = framesPerTurn;
      probes = probes.filter((probing) => {
        const isDue = probing.probe.deadline <= now || isOver(probing);
        if (!isDue || room <= 0) return true;
        room -= probing.addresses.length;
        advance(probing, now);
        return !isOver(probing);
      });
      for (const watched of waiting) {
        if (!isWatched(watched)) waiting.delete(watched);
        else if (watched.retryAt <= now) begin([watched], now);
      }
    },
    deadline() {
      let at = never;
      for (const ear of ears.values()) if (ear.readable) return 0;
      for (const { probe } of probes) at = Math.min(at, probe.deadline === never ? 0 : probe.deadline);
      for (const { retryAt } of waiting) at = Math.min(at, retryAt);
      return at;
    },
  };
}

function isOver({ probe }: Probing): boolean {
  return probe.deadline === never;
}

/** Sent by this node, or by a member: a router that leads, or led a moment ago. */
function isOurs({ mac }: Claim, { seat }: Member): boolean {
  if (seat === undefined) return true;
  if (equalOctets(mac, seat.nic.link.mac) || equalOctets(mac, seat.mac)) return true;
  for (const { peerMacs } of seat.nic.members.values()) {
    for (const peer of peerMacs.values()) if (equalOctets(peer, mac)) return true;
  }
  return false;
}

function probeFrame(mac: Uint8Array, address: Uint8Array): Uint8Array {
  return address.length === 4 ? encodeArpProbe({ mac, address }) : encodeNeighborSolicitation({ mac, address });
}
