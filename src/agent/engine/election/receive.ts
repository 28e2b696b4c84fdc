/**
 * Adverts as they come in: decoded, judged, and given to the group they are for. Whatever is refused is counted under its reason;
 * whoever should not be there is reported, once.
 */
import type { Micros } from '../../../core/time.js';
import { refuses } from '../../../core/vrrp/authentication.js';
import { type Reception, type ReceptionDrop, receiveAdvert } from '../../../core/vrrp/receive.js';
import { formatMac } from '../../../core/wire/mac.js';
import { decodeAdvertFrame, type ReceivedAdvert } from '../../../core/wire/vrrp-frame.js';
import { none } from '../answering/contract.js';
import type { EngineEvent } from '../messages.js';
import { listedAddresses } from './advert-frames.js';
import { sightingsIn } from './advert-sightings.js';
import type { ElectionEffect } from './effects.js';
import { reportSighting, type Seen } from './foreign-adverts.js';
import { heardUnder } from './former-ids.js';
import { type Binding, isAsConfigured, type Member, type Nic, text } from './member.js';
import { routerKey } from './nics.js';
import { learnPeerMac } from './peer-macs.js';
import { faultOf } from './signing.js';

export interface Receiver {
  /** Takes one of the frames that wait on a NIC; `readable` is not set any more when there was none. */
  take(nic: Nic, now: Micros): readonly ElectionEffect[];
}

interface Receiving {
  readonly count: (name: string) => void;
  /** Adverts that were refused, by reason. */
  readonly drops: Map<string, number>;
  readonly post: (event: EngineEvent) => void;
  readonly utc: () => Micros;
  /** Where a frame is read to. */
  readonly frame: Uint8Array;
}

export function createReceiver(o: Omit<Receiving, 'frame'>): Receiver {
  const r: Receiving = { ...o, frame: new Uint8Array(2048) };
  return { take: (nic, now) => take(r, nic, now) };
}

function take(r: Receiving, nic: Nic, now: Micros): readonly ElectionEffect[] {
  const length = nic.socket.receive(r.frame);
  if (length === 0) {
    nic.readable = false;
    return none;
  }
  const decoded = decodeAdvertFrame(r.frame, length);
  if (decoded.ok) return judge(r, nic, decoded.received, now);
  drop(r, decoded.reason);
  return none;
}

function judge(r: Receiving, nic: Nic, received: ReceivedAdvert, now: Micros): readonly ElectionEffect[] {
  const { family, virtualRouterId } = received.advert;
  const key = routerKey(family, virtualRouterId);
  const member = nic.members.get(key) ?? nic.formers.get(key);
  const reception = member?.phase.binding && receptionOf(member, member.phase.binding, virtualRouterId);
  const verdict = receiveAdvert(received, reception);
  if (!verdict.ok) refuse(r, verdict.reason);
  if (member === undefined) return none;
  const isBelieved = verdict.ok && isAuthentic(r, member, received, now);
  const isForged = verdict.ok && !isBelieved; // what it says of its sender is of nobody then
  if (virtualRouterId === member.config.virtualRouterId && !isForged)
    report(r, member, sightingsIn(received, verdict, member, reception), now);
  if (!isBelieved) return none;
  heardUnder(member, virtualRouterId, now);
  r.count('adverts_received');
  if (received.checksumForm === 'message') r.count('adverts_received_message_checksum');
  if (verdict.flags.includes('untrusted')) r.count('adverts_received_untrusted');
  learnMac(member, received);
  return [{ type: 'input', member, input: { type: 'advert', advert: received.advert, source: received.source } }];
}

/** A copy for another member is in order, and there may be many: who is not known by a MAC is reached by broadcast. */
function refuse(r: Receiving, reason: ReceptionDrop): void {
  if (reason === 'other-destination') r.count('adverts_for_others');
  else drop(r, reason);
}

function drop({ drops }: Receiving, reason: string): void {
  drops.set(reason, (drops.get(reason) ?? 0) + 1);
}

/** Whether an advert counts by its signature. One that is not as it should be is reported in any case. */
function isAuthentic(r: Receiving, member: Member, received: ReceivedAdvert, now: Micros): boolean {
  const { authentication } = member.config;
  if (authentication === undefined) return true;
  const fault = faultOf(received, authentication, member.stamps, r.utc());
  if (fault === undefined) return true;
  const dropped = refuses(authentication.mode, fault);
  if (dropped) drop(r, fault);
  else r.count('adverts_received_unauthenticated');
  if (fault === 'hmac-missing' && authentication.mode === 'receive-only') return true; // nobody has to sign yet
  const offender = text(received.source);
  const mac = formatMac(received.sourceMac);
  report(r, member, [{ kind: 'unauthenticated', offender, fault, dropped, mac }], now);
  return !dropped;
}

function report({ post }: Receiving, member: Member, seen: readonly Seen[], now: Micros): void {
  for (const each of seen) reportSighting(post, member, each, now);
}

/** @param virtualRouterId the group's, or one it had before */
function receptionOf({ config }: Member, binding: Binding, virtualRouterId: number): Reception {
  return {
    version: config.version,
    family: config.family,
    virtualRouterId,
    priority: config.priority,
    advertisementInterval: config.advertisementInterval,
    addresses: config.version === 2 ? listedAddresses(config, binding.source, binding.nic.link.mtu) : config.addresses,
    ownSources: [binding.source],
    members: config.peers,
    absentUpTo: isAsConfigured(config, binding.source)
      ? config.absentUpTo
      : Math.max(config.absentUpTo, config.bestPeer),
    activeSource: binding.router.activeSource,
    stage: stageOf(binding),
    transport: config.transport,
    others: config.peers,
  };
}

function stageOf({ router }: Binding): Reception['stage'] {
  if (router.leaving?.to === 'Initialize') return 'leaver';
  return router.state === 'Backup' && router.activeSource === undefined ? 'newcomer' : undefined;
}

/** Unicast needs the peers' Ethernet addresses, and so does telling their claims from strangers'; their own adverts carry them. */
function learnMac({ phase: { binding }, config, peerMacs }: Member, received: ReceivedAdvert): void {
  if (binding === undefined || !learnPeerMac(peerMacs, config.peers, received)) return;
  if (config.transport === 'unicast') for (const frames of binding.frames.values()) frames.forget();
}
