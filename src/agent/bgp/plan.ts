/**
 * What this node is to do about BGP, by all that it depends on: pure. What cannot work has a problem for the one BgpPeer that it concerns;
 * all others have their sessions.
 */
import { type BgpConf, cniLabel, cniWithBgp } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { communityProblem } from '../../api/bgp-values.js';
import { parseDuration } from '../../api/duration.js';
import { isSelected, isSelectedByAny } from '../../api/label-selector.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../core/ip/address.js';
import type { Micros } from '../../core/time.js';
import type { PeerSettings, Speaker } from '../engine/routing/contract.js';
import type { NodeView } from '../sources/node-view.js';
import { type LocalSpeaker, localSpeaker } from './local-speaker.js';
import type { OwnNics } from './own-nics.js';
import type { Password } from './passwords.js';
import { locate, locationKey, sourceOf } from './peer-location.js';
import { peerSettings } from './peer-settings.js';
import { type Policy, policyOf, setName, unknownCommunities } from './policy.js';
import { type Found, found, type PeerProblem, refused } from './problem.js';

export interface PlanInput {
  /** Valid ones (`validateBgpConf`, `validateBgpPeer`). */
  readonly conf: BgpConf | undefined;
  readonly confProblem?: string | undefined;
  readonly peers: Iterable<BgpPeer>;
  readonly node: NodeView;
  readonly nics: OwnNics;
  readonly password: (peer: BgpPeer) => Password;
  /** What ran before: it goes on where something that it needs has been spoilt. */
  readonly before: Plan | undefined;
}

/** A BgpPeer that this node is to have a session with. */
export interface PlannedPeer {
  readonly peer: BgpPeer;
  /** Undefined: there is no session, for the reason given. */
  readonly settings: PeerSettings | undefined;
  readonly problem: PeerProblem | undefined;
  /** What the router is told. */
  readonly policy: Policy;
}

export interface Plan {
  /** Undefined when this node speaks no BGP. */
  readonly local: LocalSpeaker | undefined;
  readonly speaker: Speaker;
  /** By the name of the set of routes. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** By name; without those whose `nodeSelector` or `nodeSelectors` leave this node out; none where Calico speaks BGP. */
  readonly peers: ReadonlyMap<string, PlannedPeer>;
}

const defaultListenPort = 179;
const defaultDrainWait: Micros = 10_000_000;

export function planOf(input: PlanInput): Plan {
  const { conf, node, nics } = input;
  const local = localSpeaker(conf, input.confProblem, node, nics);
  // Two speakers of one node would end each other's sessions.
  const leftToCalico = node.labels[cniLabel] === cniWithBgp;
  const policies = new Map<string, Policy>();
  const peers = new Map<string, PlannedPeer>();
  const taken = new Map<string, string>();
  for (const peer of [...input.peers].sort(byAge)) {
    const { nodeSelector, nodeSelectors } = peer.spec;
    if (leftToCalico || !isSelected(nodeSelector, node.labels)) continue;
    if (!isSelectedByAny(nodeSelectors, node.labels)) continue;
    const { name } = peer.metadata;
    const policy = usablePolicy(peer, conf, node, input.before?.peers.get(name));
    const routeSet = setName(policy.value);
    const password = input.password(peer);
    const settings = !local.ok
      ? local
      : policy.problem !== undefined && policy.value.length === 0
        ? { ok: false as const, problem: policy.problem }
        : settingsOf(peer, { conf: conf!, local: local.value, nics, password, routeSet, taken });
    if (settings.ok) policies.set(routeSet, policy.value);
    peers.set(name, {
      peer,
      settings: settings.ok ? settings.value : undefined,
      problem: settings.ok ? (password.problem ?? policy.problem) : settings.problem,
      policy: policy.value,
    });
  }
  const planned = [...peers.values()].flatMap(({ settings }) => settings ?? []);
  return {
    local: local.ok ? local.value : undefined,
    speaker: { ...listening(conf), peers: planned },
    policies,
    peers,
  };
}

/** Routes that lack a community might go farther than they are to: without all of them there are none. */
function usablePolicy(
  peer: BgpPeer,
  conf: BgpConf | undefined,
  { labels }: NodeView,
  before: PlannedPeer | undefined,
): { readonly value: Policy; readonly problem?: PeerProblem } {
  const [unknown] = unknownCommunities(peer, conf);
  if (unknown === undefined) return { value: policyOf(peer, conf, labels) };
  const wrong = communityProblem(unknown, conf?.spec.communityAliases ?? {}) ?? `is "${unknown}"`;
  const goesOn =
    before?.settings === undefined ? 'nothing is announced meanwhile' : 'what was announced before goes on';
  return {
    value: before?.settings === undefined ? [] : before.policy,
    problem: { reason: 'UnknownCommunity', message: `a community of the BgpPeer ${wrong}; ${goesOn}` },
  };
}

function settingsOf(
  peer: BgpPeer,
  o: {
    readonly conf: BgpConf;
    readonly local: LocalSpeaker;
    readonly nics: OwnNics;
    readonly password: Password;
    readonly routeSet: string;
    /** Who has which location. */
    readonly taken: Map<string, string>;
  },
): Found<PeerSettings> {
  if (peer.spec.conf?.adminDown === true)
    return refused('AdminDown', 'spec.conf.adminDown is true, so there is no session: take it out to have one');
  const location = locate(peer, o.nics);
  if (!location.ok) return location;
  const source = sourceOf(peer, o.nics);
  if (!source.ok) return source;
  // A session without the password that was asked for would be worse than none.
  if (o.password.wanted && o.password.key === undefined)
    return {
      ok: false,
      problem: o.password.problem ?? { reason: 'NoPassword', message: 'the password is not known yet' },
    };
  const key = locationKey(location.value);
  const first = o.taken.get(key);
  if (first !== undefined) {
    const where = 'address' in location.value ? formatIp(ipFromBytes(location.value.address)) : key;
    return refused(
      'SameRouter',
      `BgpPeer ${first} is at ${where}, too, and one router has one session with a node: delete one of them, or have their ` +
        'spec.nodeSelector choose different nodes',
    );
  }
  o.taken.set(key, peer.metadata.name);
  return found(
    peerSettings(peer, {
      conf: o.conf,
      local: o.local,
      location: location.value,
      sourceAddress: source.value,
      password: o.password.key,
      routeSet: o.routeSet,
    }),
  );
}

function listening(conf: BgpConf | undefined): Omit<Speaker, 'peers'> {
  const port = conf?.spec.listenPort ?? defaultListenPort;
  const listenAddresses = (conf?.spec.listenAddresses ?? []).flatMap((text) => {
    const address = parseIp(text);
    return address === undefined || address.value === 0n ? [] : [ipToBytes(address)];
  });
  const drainWait = parseDuration(conf?.spec.drainWait ?? '') ?? defaultDrainWait;
  return { ...(port > 0 && { listenPort: port }), listenAddresses, drainWait };
}

/** The one that was there first keeps its router. */
function byAge(a: BgpPeer, b: BgpPeer): number {
  const [first = '', second = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return first === second ? (a.metadata.name < b.metadata.name ? -1 : 1) : first < second ? -1 : 1;
}
