/**
 * Other hosts' claims to the addresses of groups that are led here (RFC 5227, RFC 4862).
 *
 * An address that no router of the group is known to have held (`unproven.ts`) is probed before it is first held, and not taken while
 * another host has it. One that a node takes over from a leader that it heard is held at once, since nothing may delay that. Some seconds
 * later both are probed, those because the leader before cannot answer any more, these because a host may have been slow to answer: an
 * address is let go of if a host that is no member answers. While
 * addresses are held, a claim by such a host is reported, and answered by an announcement now and then. Members' claims are the
 * election's to settle, and the MACs of members that have not led are asked for along with that late probe. A node's own address is
 * never held.
 */
import { type Claim, claimOf } from '../../../core/neighbor/claim.js';
import { hearClaim, probeDue, probeOutcome, startProbe } from '../../../core/neighbor/probe.js';
import { type Micros, never } from '../../../core/time.js';
import { formatMac } from '../../../core/wire/mac.js';
import { decodeNeighborFrame } from '../../../core/wire/neighbor-frame.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { NeighborSockets } from '../answering/neighbor-sockets.js';
import { report } from '../election/effects.js';
import { reportSighting } from '../election/foreign-adverts.js';
import { isOnItsWayOut, type Member, type Nic, text } from '../election/member.js';
import type { EngineEvent } from '../messages.js';
import type { ConflictEffect } from './effects.js';
import { withhold } from './not-held.js';
import { memberQuestion, probeFrame } from './questions.js';
import { type Check, isOurs, isOver, type Listener, type Probing, type Watched } from './watched.js';

/** Probes per turn: adverts that fall due wait for at most about a millisecond. */
const probesPerTurn = 128;
/** Addresses that are probed together. At a first start all groups may have theirs to be asked for at the same instant. */
const probesTogether = 64;
/** Soon, because the address may be on its way here from another group. The longest is how late an address is taken whose host has gone. */
const firstRetry: Micros = 250_000;
const longestRetry: Micros = 10_000_000;
/** After a takeover: the kernel of a leader that died has let go of its leased addresses by then (`on-nic.ts`: 2.5 s). */
const checkAfter: Micros = 3_000_000;
/** Addresses that are probed at once then, and how long one such lot takes. */
const checkedAtOnce = 32;
const checkEvery: Micros = 60_000;
/** How long members have to answer before their claims would be taken for strangers'. */
const answerWithin: Micros = 20_000;
/** RFC 5227 section 1.1, DEFEND_INTERVAL. */
const defendInterval: Micros = 10_000_000;

export interface AddressConflicts {
  /**
   * The group leads, with these addresses: `fresh` ones among them are probed before they are held. The others are to be held now; those
   * follow.
   */
  lead(
    member: Member,
    addresses: readonly Uint8Array[],
    fresh: readonly Uint8Array[],
    now: Micros,
  ): readonly ConflictEffect[];
  /** What is known of nodes' own addresses has changed. */
  review(now: Micros): readonly ConflictEffect[];
  /** The group leads no more. */
  end(group: string): void;
  /** Hears a frame of ARP or neighbour discovery. */
  hear(interfaceIndex: number, frame: Uint8Array, length: number, now: Micros): readonly ConflictEffect[];
  /** Does what is due. */
  work(now: Micros): readonly ConflictEffect[];
  deadline(): Micros;
}

export function createAddressConflicts(o: {
  readonly sockets: NeighborSockets;
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string) => void;
  /** Whose address it is, if it is a node's own. */
  readonly owner: (address: Uint8Array) => string | undefined;
}): AddressConflicts {
  const groups = new Map<
    string,
    { readonly listener: Listener; readonly index: number; addresses: Map<string, Watched> }
  >();
  const listeners = new Map<number, Listener>();
  /** Addresses that another host has, to be probed again. */
  const waiting = new Set<Watched>();
  const checks = new Map<string, Check>();
  let probes: Probing[] = [];

  function listenerOf(nic: Nic): Listener | undefined {
    const known = listeners.get(nic.index);
    if (known !== undefined) return known;
    try {
      o.sockets.open(nic.index, 'conflicts');
      const listener: Listener = { watched: new Map(), memberMacs: new Map() };
      listeners.set(nic.index, listener);
      return listener;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return undefined; // the NIC is going: the group will be told to let go
    }
  }

  function begin(addresses: readonly Watched[], now: Micros, check = false): void {
    const nic = addresses[0]?.member.phase.binding?.nic;
    if (nic === undefined) return;
    for (const each of check ? [] : addresses) {
      each.state = 'probing';
      waiting.delete(each);
    }
    for (let from = 0; from < addresses.length; from += probesTogether) {
      const some = addresses.slice(from, from + probesTogether);
      probes.push({ nic, addresses: some, probe: startProbe(some.length, now), check });
    }
  }

  /** Probes the next lot of what was taken over. */
  function checkNext(group: string, check: Check, now: Micros): void {
    const { binding } = check.member.phase;
    if (!check.asked) {
      check.asked = true;
      check.at = now + answerWithin;
      askMembers(check.member);
      return;
    }
    const lot = check.rest.slice(0, checkedAtOnce).filter((each) => isWatched(each) && each.state === 'held');
    check.rest = check.rest.slice(checkedAtOnce);
    check.at = now + checkEvery;
    if (check.rest.length === 0) checks.delete(group);
    if (binding !== undefined && !isOnItsWayOut(binding.router)) begin(lot, now, true);
  }

  function askMembers({ phase: { binding }, config }: Member): void {
    for (const peer of binding === undefined ? [] : config.peers) {
      const question = memberQuestion(binding!.nic.link.mac, binding!.source, peer);
      binding!.nic.socket.send(question, question.length);
    }
  }

  function advance(probing: Probing, now: Micros): readonly ConflictEffect[] {
    const { probe, send } = probeDue(probing.probe, now);
    probing.probe = probe;
    probing.addresses.forEach((watched, index) => {
      if (!isWatched(watched) || probeOutcome(probe, index).state !== 'probing' || !send) return;
      const question = probeFrame(probing.nic.link.mac, watched.address);
      o.count(probing.nic.socket.send(question, question.length) === 0 ? 'address_probes_sent' : 'send_failures');
    });
    return probe.deadline === never ? conclude(probing, now) : none;
  }

  function conclude({ addresses, probe, check }: Probing, now: Micros): readonly ConflictEffect[] {
    const affected = new Set<Member>();
    addresses.forEach((watched, index) => {
      if (!isWatched(watched) || watched.state !== (check ? 'held' : 'probing')) return;
      const outcome = probeOutcome(probe, index);
      if (check && outcome.state !== 'taken') return;
      affected.add(watched.member);
      if (outcome.state !== 'taken') {
        watched.state = 'held';
        watched.member.unproven.delete(addressKey(watched.address));
        checkLater(watched, now);
        return;
      }
      watched.state = 'taken';
      watched.by = formatMac(outcome.mac);
      watched.backoff = Math.min(Math.max(watched.backoff * 2, firstRetry), longestRetry);
      watched.retryAt = now + watched.backoff;
      waiting.add(watched);
      if (check || watched.backoff > firstRetry) tell(watched, outcome.mac, false, now);
    });
    return [...affected].flatMap(admit);
  }

  function checkLater(watched: Watched, now: Micros): void {
    const { member } = watched;
    const check = checks.get(member.config.name);
    if (check !== undefined) check.rest = [...check.rest, watched];
    else checks.set(member.config.name, { member, rest: [watched], at: now + checkAfter, asked: false });
  }

  function isWatched(watched: Watched): boolean {
    return groups.get(watched.member.config.name)?.addresses.get(addressKey(watched.address)) === watched;
  }

  function tell({ member, address }: Watched, mac: Uint8Array, held: boolean, now: Micros): void {
    const seen = { kind: 'address-conflict', offender: formatMac(mac), address: text(address), held } as const;
    reportSighting(o.post, member, seen, now);
  }

  /** What the member's report says of addresses that it does not take. */
  function explain(member: Member): readonly ConflictEffect[] {
    const all = [...(groups.get(member.config.name)?.addresses.values() ?? [])];
    const withheld = all.filter(({ state, backoff }) => state === 'own' || (state !== 'held' && backoff > 0));
    const said = withheld.map(({ address, state, by }) => {
      const neverHeld = member.unproven.has(addressKey(address));
      return { address, own: state === 'own', by, neverHeld };
    });
    return withhold(member, said) ? [report(member)] : none;
  }

  /** What the group is to hold now. */
  function admit(member: Member): readonly ConflictEffect[] {
    return [...explain(member), { type: 'hold', member, addresses: admitted(member.config.name) }];
  }

  /** Lets go of what has become a node's own, and asks for what is none any more. */
  function review(now: Micros): readonly ConflictEffect[] {
    return [...groups.values()].flatMap(({ addresses }) => {
      let member: Member | undefined;
      for (const watched of addresses.values()) {
        const owner = o.owner(watched.address);
        if ((owner !== undefined) === (watched.state === 'own') && (owner === undefined || owner === watched.by))
          continue;
        member = watched.member;
        if (owner === undefined) begin([watched], now);
        else disown(watched, owner);
      }
      return member === undefined ? none : admit(member);
    });
  }

  function disown(watched: Watched, owner: string): void {
    watched.state = 'own';
    watched.by = owner;
    waiting.delete(watched);
  }

  function admitted(group: string): readonly Uint8Array[] {
    const all = [...(groups.get(group)?.addresses.values() ?? [])];
    return all.filter(({ state }) => state === 'held').map(({ address }) => address);
  }

  function hear(listener: Listener, frame: Uint8Array, length: number, now: Micros): readonly ConflictEffect[] {
    const decoded = decodeNeighborFrame(frame, length);
    const claim = decoded.ok ? claimOf(decoded.message) : undefined;
    if (claim === undefined) return none;
    const key = addressKey(claim.address);
    const watched = listener.watched.get(key);
    if (watched === undefined && claim.kind === 'holds' && isPeer(listener, claim.address))
      listener.memberMacs.set(key, claim.mac);
    if (watched === undefined || isOurs(claim, watched.member)) return none;
    if (watched.state === 'probing') {
      for (const probing of probes) {
        const index = probing.addresses.indexOf(watched);
        if (index >= 0) probing.probe = hearClaim(probing.probe, index, claim.mac);
      }
    } else if (watched.state === 'held' && claim.kind === 'holds' && hearInCheck(listener, watched, claim)) {
      return none;
    } else if (
      watched.state === 'held' &&
      claim.kind === 'holds' &&
      !(watched.member.phase.binding && isOnItsWayOut(watched.member.phase.binding.router))
    ) {
      tell(watched, claim.mac, true, now);
      if (now - watched.defendedAt < defendInterval) return none;
      watched.defendedAt = now;
      return [{ type: 'announce', group: watched.member.config.name, addresses: [watched.address] }];
    }
    return none;
  }

  /** Whether the answer is to a probe that is under way: what comes of it is settled at its end. */
  function hearInCheck(listener: Listener, watched: Watched, { mac }: Claim): boolean {
    const probing = probes.find(({ check, addresses }) => check && addresses.includes(watched));
    if (probing === undefined) return false;
    for (const known of listener.memberMacs.values()) if (equalOctets(known, mac)) return true;
    probing.probe = hearClaim(probing.probe, probing.addresses.indexOf(watched), mac);
    return true;
  }

  /** Only while members are asked: at other times nobody's MAC is learnt. */
  function isPeer(listener: Listener, address: Uint8Array): boolean {
    return [...checks].some(
      ([group, { asked, member }]) =>
        asked &&
        groups.get(group)?.listener === listener &&
        member.config.peers.some((peer) => equalOctets(peer, address)),
    );
  }

  /** For one group; another that has the address goes on. */
  function unwatch(listener: Listener, key: string, watched: Watched): void {
    if (listener.watched.get(key) !== watched) return;
    listener.watched.delete(key);
    if (!watched.shared) return;
    for (const other of groups.values()) {
      const theirs = other.listener === listener ? other.addresses.get(key) : undefined;
      if (theirs !== undefined && theirs !== watched) listener.watched.set(key, theirs);
    }
  }

  function end(group: string): void {
    const known = groups.get(group);
    if (known === undefined) return;
    groups.delete(group);
    checks.delete(group);
    for (const [key, watched] of known.addresses) {
      watched.member.withheld = [];
      unwatch(known.listener, key, watched);
    }
    if ([...groups.values()].some((other) => other.listener === known.listener)) return;
    o.sockets.close(known.index, 'conflicts');
    listeners.delete(known.index);
  }

  return {
    lead(member, addresses, fresh, now) {
      const nic = member.phase.binding!.nic;
      const before = groups.get(member.config.name);
      const listener = listenerOf(nic);
      if (listener === undefined) return [{ type: 'hold', member, addresses }];
      const unproven = new Set(fresh.map(addressKey));
      const watches = new Map<string, Watched>();
      const probed: Watched[] = [];
      for (const [key, watched] of before?.addresses ?? []) unwatch(listener, key, watched);
      for (const address of addresses) {
        const key = addressKey(address);
        const young = { state: 'held' as const, by: '', retryAt: never, backoff: 0, defendedAt: -never, shared: false };
        const watched = before?.addresses.get(key) ?? { member, address, ...young };
        watches.set(key, watched);
        watched.shared ||= listener.watched.has(key);
        listener.watched.set(key, watched);
        const owner = o.owner(address);
        if (owner !== undefined) disown(watched, owner);
        else if (unproven.has(key) && !before?.addresses.has(key)) probed.push(watched);
      }
      groups.set(member.config.name, { listener, index: nic.index, addresses: watches });
      if (before === undefined)
        checks.set(member.config.name, {
          member,
          rest: [...watches.values()].filter((each) => !probed.includes(each)),
          at: now + checkAfter,
          asked: false,
        });
      begin(probed, now);
      return admit(member);
    },
    review,
    end,
    hear(interfaceIndex, frame, length, now) {
      const listener = listeners.get(interfaceIndex);
      return listener === undefined ? none : hear(listener, frame, length, now);
    },
    work(now) {
      let effects: readonly ConflictEffect[] = none;
      for (const [group, check] of checks) if (check.at <= now) checkNext(group, check, now);
      let room = probesPerTurn;
      probes = probes.filter((probing) => {
        const isDue = probing.probe.deadline <= now || isOver(probing);
        if (!isDue || room <= 0) return true;
        room -= probing.addresses.length;
        effects = [...effects, ...advance(probing, now)];
        return !isOver(probing);
      });
      for (const watched of waiting) {
        if (!isWatched(watched)) waiting.delete(watched);
        else if (watched.retryAt <= now) begin([watched], now);
      }
      return effects;
    },
    deadline() {
      let at = never;
      for (const { probe } of probes) at = Math.min(at, probe.deadline === never ? 0 : probe.deadline);
      for (const { retryAt } of waiting) at = Math.min(at, retryAt);
      for (const check of checks.values()) at = Math.min(at, check.at);
      return at;
    },
  };
}
