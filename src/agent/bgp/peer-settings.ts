/** From a BgpPeer to the session that this node is to have with it: pure. */
import type { KeyObject } from 'node:crypto';
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer, BgpPeerSpec } from '../../api/bgp-peer.js';
import { numberOf } from '../../api/bgp-values.js';
import { parseDuration } from '../../api/duration.js';
import type { Timing } from '../../core/bfd/contract.js';
import { defaultTiming } from '../../core/bfd/timing.js';
import type { Family } from '../../core/ip/address.js';
import type { BfdHops } from '../engine/bfd/contract.js';
import type { PeerLocation, PeerSettings } from '../engine/routing/contract.js';
import type { LocalSpeaker } from './local-speaker.js';

const defaultPort = 179;
/** Seconds without a word: what BFD does not watch must be found out by this alone. */
const holdTimes = { watched: 90, unwatched: 9 } as const;
const defaultRestartTime = 120;
/** Seconds. */
const defaultConnectRetry = 30;
/** How long after Established routers wait at most for the last of the routes, in seconds; less than half of the restart time. */
const longestEndOfRib = 30;
const second = 1_000_000;
/** For how long announcements are gathered that come one by one: too short for anybody to notice. */
const gatherFor = 5_000;

export interface Circumstances {
  readonly conf: BgpConf;
  readonly local: LocalSpeaker;
  readonly location: PeerLocation;
  readonly sourceAddress: Uint8Array | undefined;
  readonly password: KeyObject | undefined;
  readonly routeSet: string;
}

/** @param peer without problems (`bgpPeerProblems`) */
export function peerSettings({ metadata, spec }: BgpPeer, o: Circumstances): PeerSettings {
  const { conf = {}, transport = {}, timers = {}, ttlSecurity = false } = spec;
  const localAs = conf.localAs || o.local.as;
  const peerAs = conf.peerAs || conf.asType || 'external';
  const isInternal = peerAs === 'internal' || peerAs === localAs;
  const bfd = bfdOf(spec);
  const restartTime = restartTimeOf(spec, o.conf);
  return {
    name: metadata.name,
    location: o.location,
    port: transport.remotePort || defaultPort,
    ...(o.sourceAddress !== undefined && { sourceAddress: o.sourceAddress }),
    hops: hopsOf(spec, isInternal),
    ttlSecurity,
    ...(o.password !== undefined && { password: o.password }),
    ...(bfd !== undefined && { bfd, bfdHops: bfdHopsOf(spec, isInternal) }),
    session: {
      localAs,
      identifier: o.local.identifier,
      peerAs,
      passive: transport.passiveMode ?? false,
      holdTime: numberOf(timers.config?.holdTime) || holdTimes[bfd === undefined ? 'unwatched' : 'watched'],
      longestBackOff: (numberOf(timers.config?.connectRetry) || defaultConnectRetry) * second,
      families: familiesOf(spec, o.location),
      extendedNextHop: true,
      endOfRibWithin: Math.min(longestEndOfRib, (restartTime ?? defaultRestartTime) / 2) * second,
      gatherFor,
      ...(restartTime !== undefined && { restartTime }),
    },
    routeSets: [o.routeSet],
  };
}

/** The peer's own word counts before that of the BgpConf; undefined: routers are not to keep anything. */
function restartTimeOf({ gracefulRestart: own }: BgpPeerSpec, { spec }: BgpConf): number | undefined {
  const enabled = own?.enabled ?? spec.gracefulRestart?.enabled ?? true;
  return enabled ? own?.restartTime || spec.gracefulRestart?.restartTime || defaultRestartTime : undefined;
}

/** RFC 4271 says nothing of how far a peer of the same AS may be away. */
function hopsOf({ ebgpMultihop }: BgpPeerSpec, internal: boolean): number {
  if (ebgpMultihop?.enabled === true) return ebgpMultihop.multihopTtl || 255;
  return internal ? 255 : 1;
}

/** As FRR has it: who is said to be many hops away is; a router of our own AS is where the route says. */
function bfdHopsOf({ ebgpMultihop }: BgpPeerSpec, internal: boolean): BfdHops {
  if (ebgpMultihop?.enabled === true && ebgpMultihop.multihopTtl !== 1) return 'many';
  return internal ? 'as-routed' : 'one';
}

function bfdOf({ bfd }: BgpPeerSpec): Timing | undefined {
  if (bfd === undefined || bfd.enabled === false) return undefined;
  return {
    desiredMinTx: parseDuration(bfd.transmitInterval ?? '') ?? defaultTiming.desiredMinTx,
    requiredMinRx: parseDuration(bfd.receiveInterval ?? '') ?? defaultTiming.requiredMinRx,
    detectMult: bfd.detectMultiplier ?? defaultTiming.detectMult,
  };
}

/** Those named and not switched off; else that of the router's address, as in OpenELB, or both where that is found by a NIC. */
function familiesOf({ afiSafis = [] }: BgpPeerSpec, location: PeerLocation): readonly Family[] {
  const enabled = afiSafis.filter(({ config }) => config?.enabled !== false);
  const named = new Set(enabled.map(({ config }): Family => (config?.family?.afi === 'AFI_IP6' ? 6 : 4)));
  if (named.size > 0) return [...named].sort();
  if ('defaultGateway' in location) return [location.defaultGateway];
  if (!('address' in location)) return [4, 6];
  return [location.address.length === 4 ? 4 : 6];
}
