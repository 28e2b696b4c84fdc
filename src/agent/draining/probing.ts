/** Who is asked whether it lives: those on whom connections depend, who may be one of them in a moment, and who was taken for dead. */
import {
  answered,
  askEvery,
  askMissedEvery,
  doubtedFor,
  due,
  newReachability,
} from '../../core/draining/reachability.js';
import { type Micros, never } from '../../core/time.js';
import { isVirtualRouterMac } from '../../core/wire/mac.js';
import { equalOctets } from '../../core/wire/octets.js';
import type { Logger } from '../../platform/observability/log.js';
import type { Wanted } from './contents.js';
import type { DrainingKernel } from './contract.js';
import { type Draining, found, keyOf, lost, type Peer } from './state.js';

/** What of the turns concerns it. */
export interface Probing {
  readonly kernel: Pick<DrainingKernel, 'now' | 'hasLink' | 'probe'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly draining: Draining;
  readonly wanted: Wanted | undefined;
  /** Something has changed that tables depend on. */
  dirty: boolean;
}

/** A leader is silent: when somebody else leads, as much is to be known of its node. Whether it is asked now, and was not before. */
export function doubt({ draining, kernel, wanted }: Probing, peer: Peer): boolean {
  const key = keyOf(peer);
  if (wanted?.peers.has(key) !== true) return false;
  const now = kernel.now();
  const isNew = !draining.doubted.has(key);
  const reachability = draining.doubted.get(key)?.reachability ?? newReachability(now, false);
  draining.doubted.set(key, { reachability, until: now + doubtedFor });
  return isNew;
}

/** When somebody is asked next. */
export function nextQuestion({ formerLeaders, doubted, missed }: Draining): Micros {
  let next: Micros = never;
  for (const { askAt } of formerLeaders.values()) next = Math.min(next, askAt);
  for (const { reachability } of doubted.values()) next = Math.min(next, reachability.askAt);
  for (const askAt of missed.values()) next = Math.min(next, askAt);
  return next;
}

/** Hears who answered, asks those whose turn it is, forgets the dead, and takes back who was none. */
export function probe(p: Probing, now: Micros): void {
  const { formerLeaders, doubted, missed } = p.draining;
  if (formerLeaders.size === 0 && doubted.size === 0 && missed.size === 0) return;
  const { neighbors, overrun } = p.kernel.probe.heard();
  for (const [key, station] of neighbors) hear(p, key, station);
  const links = new Map<number, boolean>();
  const hears = (nic: number) => {
    if (!links.has(nic)) links.set(nic, !overrun.has(nic) && p.kernel.hasLink(nic));
    return links.get(nic) === true;
  };
  askFormerLeaders(p, now, hears);
  askDoubted(p, now, hears);
  askMissed(p, now);
}

function hear(p: Probing, key: string, station: Uint8Array): void {
  const { formerLeaders, doubted, missed, stations } = p.draining;
  const [former, doubtful] = [formerLeaders.get(key), doubted.get(key)];
  if (former !== undefined) formerLeaders.set(key, answered(former));
  if (doubtful !== undefined) doubted.set(key, { ...doubtful, reachability: answered(doubtful.reachability) });
  const peer = p.wanted?.peers.get(key);
  if (missed.delete(key) && peer !== undefined) {
    p.log.info('the node that led before answers again: its connections go on', { address: peer.address });
    found(p.draining, peer);
    p.dirty = true;
  }
  const before = stations.get(key);
  if (former === undefined || isVirtualRouterMac(station)) return;
  if (before !== undefined && equalOctets(before, station)) return;
  stations.set(key, station); // its NIC is another one
  p.dirty = true;
}

function askFormerLeaders(p: Probing, now: Micros, hears: (nic: number) => boolean): void {
  const { formerLeaders, stations } = p.draining;
  for (const [key, before] of formerLeaders) {
    const peer = p.wanted?.peers.get(key);
    if (peer === undefined || now < before.askAt) continue;
    const { reachability: after, what } = due(before, now, hears(peer.nic));
    formerLeaders.set(key, after);
    // Who does not answer may have another NIC by now: then everybody is asked.
    if (what === 'ask') p.kernel.probe.ask(peer, peer, after.unanswered > 2 ? undefined : stations.get(key));
    if (what !== 'dead') continue;
    p.log.warn('the node that led before does not answer: its connections end', { address: peer.address });
    lost(p.draining, peer, now);
    p.dirty = true;
  }
}

/** It leads as yet: that it does not answer counts once somebody else does. */
function askDoubted(p: Probing, now: Micros, hears: (nic: number) => boolean): void {
  const { doubted, stations } = p.draining;
  for (const [key, { reachability, until }] of doubted) {
    const peer = p.wanted?.peers.get(key);
    if (peer === undefined || now >= until) doubted.delete(key);
    else if (now >= reachability.askAt) {
      const { reachability: after, what } = due(reachability, now, hears(peer.nic));
      const next = what === 'dead' ? { ...reachability, askAt: now + askEvery } : after;
      doubted.set(key, { reachability: next, until });
      p.kernel.probe.ask(peer, peer, next.unanswered > 2 ? undefined : stations.get(key));
    }
  }
}

/** By broadcast: nobody knows which NIC it comes back with. */
function askMissed({ draining, kernel, wanted }: Probing, now: Micros): void {
  const { missed } = draining;
  for (const [key, askAt] of missed) {
    const peer = wanted?.peers.get(key);
    if (peer === undefined || now < askAt) continue;
    kernel.probe.ask(peer, peer, undefined);
    missed.set(key, now + askMissedEvery);
  }
}

/** Exactly those are asked who are wanted now, and those who are doubted. */
export function watch({ draining, kernel, log }: Probing, { watched, missed, peers }: Wanted, now: Micros): void {
  const { formerLeaders, doubted, missed: asked } = draining;
  for (const key of formerLeaders.keys()) if (!watched.has(key)) formerLeaders.delete(key);
  for (const key of asked.keys()) if (!missed.has(key)) asked.delete(key);
  for (const key of missed) if (!asked.has(key)) asked.set(key, now + askMissedEvery);
  for (const [key, heard] of watched) {
    if (formerLeaders.has(key)) continue;
    const doubtful = heard ? undefined : doubted.get(key)?.reachability;
    formerLeaders.set(key, doubtful ?? newReachability(now, heard));
    doubted.delete(key);
    log.info('segments of connections that began before the move go to who led before', {
      address: peers.get(key)?.address,
    });
  }
  const all = [...formerLeaders.keys(), ...doubted.keys(), ...asked.keys()];
  kernel.probe.keep(new Set(all.map((key) => peers.get(key)?.nic ?? 0)));
}

/** Nobody is asked any more. */
export function forgetAll({ draining, kernel }: Probing): void {
  for (const list of [draining.formerLeaders, draining.doubted, draining.missed]) list.clear();
  kernel.probe.keep(new Set());
}
