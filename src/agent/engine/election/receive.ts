/**
 * Adverts as they come in: decoded, judged, and given to the group they are for. Whatever is refused is counted under its reason;
 * whoever should not be there is reported, once.
 */
import type { Micros } from '../../../core/time.js';
import { refuses } from '../../../core/vrrp/authentication.js';
import {
  type Reception,
  type ReceptionDrop,
  type ReceptionVerdict,
  receiveAdvert,
} from '../../../core/vrrp/receive.js';
import { formatMac } from '../../../core/wire/mac.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { decodeAdvertFrame, type ReceivedAdvert } from '../../../core/wire/vrrp-frame.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { EngineEvent } from '../messages.js';
import { listedAddresses } from './advert-frames.js';
import type { ElectionEffect } from './effects.js';
import { reportSighting } from './foreign-adverts.js';
import { heardUnder } from './former-ids.js';
import { type Binding, isAsConfigured, type Member, type Nic, text } from './member.js';
import { routerKey } from './nics.js';
import { otherSetting } from './other-settings.js';
import { learnPeerMac } from './peer-macs.js';
import { faultOf } from './signing.js';

export interface Receiver {
  /** Takes one of the frames that wait on a NIC; `readable` is not set any more when there was none. */
  take(nic: Nic, now: Micros): readonly ElectionEffect[];
}

export function createReceiver(o: {
  readonly count: (name: string) => void;
  readonly drops: Map<string, number>;
  readonly post: (event: EngineEvent) => void;
  readonly utc: () => Micros;
}): Receiver {
  const frame = new Uint8Array(2048);
  const drop = (reason: string) => {
    o.drops.set(reason, (o.drops.get(reason) ?? 0) + 1);
  };

  function judge(nic: Nic, received: ReceivedAdvert, now: Micros): readonly ElectionEffect[] {
    const { family, virtualRouterId } = received.advert;
    const key = routerKey(family, virtualRouterId);
    const member = nic.members.get(key) ?? nic.formers.get(key);
    const reception = member?.phase.binding && receptionOf(member, member.phase.binding, virtualRouterId);
    const verdict = receiveAdvert(received, reception);
    if (!verdict.ok) refuse(verdict.reason);
    if (member === undefined) return none;
    const isBelieved = verdict.ok && isAuthentic(member, received, now);
    const isForged = verdict.ok && !isBelieved; // what it says of its sender is of nobody then
    if (virtualRouterId === member.config.virtualRouterId && !isForged)
      watch(member, received, verdict, reception, now);
    if (!isBelieved) return none;
    heardUnder(member, virtualRouterId, now);
    o.count('adverts_received');
    if (received.checksumForm === 'message') o.count('adverts_received_message_checksum');
    if (verdict.flags.includes('untrusted')) o.count('adverts_received_untrusted');
    learnMac(member, received);
    return [{ type: 'input', member, input: { type: 'advert', advert: received.advert, source: received.source } }];
  }

  /** A copy for another member is in order, and there may be many: who is not known by a MAC is reached by broadcast. */
  function refuse(reason: ReceptionDrop): void {
    if (reason === 'other-destination') o.count('adverts_for_others');
    else drop(reason);
  }

  /** Whether an advert counts by its signature. One that is not as it should be is reported in any case. */
  function isAuthentic(member: Member, received: ReceivedAdvert, now: Micros): boolean {
    const { authentication } = member.config;
    if (authentication === undefined) return true;
    const fault = faultOf(received, authentication, member.stamps, o.utc());
    if (fault === undefined) return true;
    const dropped = refuses(authentication.mode, fault);
    if (dropped) drop(fault);
    else o.count('adverts_received_unauthenticated');
    if (fault === 'hmac-missing' && authentication.mode === 'receive-only') return true; // nobody has to sign yet
    const offender = text(received.source);
    reportSighting(
      o.post,
      member,
      { kind: 'unauthenticated', offender, fault, dropped, mac: formatMac(received.sourceMac) },
      now,
    );
    return !dropped;
  }

  function watch(
    member: Member,
    received: ReceivedAdvert,
    verdict: ReceptionVerdict,
    reception: Reception | undefined,
    now: Micros,
  ): void {
    const other = otherSetting(received, verdict, member.config, reception);
    if (other !== undefined) {
      const seen = { kind: 'other-settings', offender: text(received.source), dropped: !verdict.ok, ...other } as const;
      reportSighting(o.post, member, seen, now);
    }
    if (verdict.ok) {
      if (received.advert.priority === member.config.priority && member.config.weighs !== true)
        reportSighting(o.post, member, { kind: 'same-priority', offender: text(received.source) }, now);
    } else if (verdict.reason === 'own-source') {
      reportSighting(o.post, member, { kind: 'own-address', offender: text(received.source) }, now);
    } else if (verdict.reason === 'stranger' || (reception !== undefined && isForeign(received, reception))) {
      const { source, advert } = received;
      const unheard = member.config.peers.filter((peer) => !member.peerMacs.has(addressKey(peer))).map(text);
      reportSighting(
        o.post,
        member,
        { kind: 'stranger', offender: text(source), priority: advert.priority, unheard },
        now,
      );
    }
  }

  return {
    take(nic, now) {
      const length = nic.socket.receive(frame);
      if (length === 0) {
        nic.readable = false;
        return none;
      }
      const decoded = decodeAdvertFrame(frame, length);
      if (decoded.ok) return judge(nic, decoded.received, now);
      drop(decoded.reason);
      return none;
    },
  };
}

/** Whether somebody who is known to be no member has the ID, in whatever version: each then takes the other for nobody. */
function isForeign({ source }: ReceivedAdvert, { members }: Reception): boolean {
  return members !== undefined && !members.some((each) => equalOctets(each, source));
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
