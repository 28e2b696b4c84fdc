/** MetalLB's BGPPeers become BgpPeers and the one BgpConf; its BFDProfiles, Communities and BGPAdvertisements go into these. */
import { group, version } from '../api/annotations.js';
import {
  type Choices,
  type Converted,
  type Document,
  type Fields,
  list,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
  unread,
  withoutCounterpart,
} from './document.js';
import { isAnnouncedByBgp } from './metallb-advertisements.js';
import { bfdOf, profileRemarks } from './metallb-bfd.js';
import { choicesOf } from './metallb-route-nodes.js';
import { type AdvertisedPool, aliasesOf, routesFor } from './metallb-routes.js';
import { selectionOf } from './metallb-selection.js';

export function convertPeers(documents: readonly Document[], choices: Choices): Converted {
  const of = (kind: string) => documents.filter((document) => document.kind === kind);
  const peers = of('BGPPeer');
  const profiles = of('BFDProfile');
  const remarks: Remark[] = profiles.flatMap(profileRemarks);
  const [first] = peers;
  if (first === undefined) {
    const idle = [...of('BGPAdvertisement'), ...of('Community')].map(unused);
    return { manifests: [], remarks: [...remarks, ...idle] };
  }
  // One that is wrong must not keep the others from theirs.
  const as = choices.cluster?.as ?? (peers.find(({ spec }) => isAsn(spec.myASN)) ?? first).spec.myASN;
  const aliases = aliasesOf(documents);
  const conf: Manifest = {
    apiVersion: `${group}/${version}`,
    kind: 'BgpConf',
    metadata: { name: 'default' },
    spec: defined({ as, communityAliases: Object.keys(aliases).length === 0 ? undefined : aliases }),
  };
  const selection = selectionOf(documents);
  const pools = of('IPAddressPool').flatMap((pool) => {
    const advertisements = selection.of(pool);
    if (!isAnnouncedByBgp(advertisements, choices)) return [];
    const routed = advertisements.filter(({ kind }) => kind === 'BGPAdvertisement');
    return [{ name: pool.metadata.name, routed, choices: choicesOf(routed) }];
  });
  const manifests = peers.map((peer) => {
    const made = bgpPeer(peer, as, {
      profile: profiles.find(({ metadata }) => metadata.name === peer.spec.bfdProfile),
      pools,
      among: choices.cluster !== undefined,
    });
    remarks.push(...peerRemarks(peer), ...made.remarks);
    return made.manifest;
  });
  return { manifests: [conf, ...manifests], remarks, notes: [...peers, ...profiles].flatMap(metadataNotes) };
}

function isAsn(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 0xffffffff;
}

function unused(document: Document): Remark {
  const message = 'there is no BGPPeer: no router is told until there are a BgpConf and a BgpPeer';
  return { ...remark(document, '', message), asBefore: true };
}

function bgpPeer(
  peer: Document,
  as: unknown,
  o: {
    readonly profile: Document | undefined;
    readonly pools: readonly AdvertisedPool[];
    readonly among: boolean;
  },
): { readonly manifest: Manifest; readonly remarks: readonly Remark[] } {
  const { metadata, spec } = peer;
  const localAs = spec.localASN ?? (spec.myASN === as ? undefined : spec.myASN);
  const timers = defined({
    connectRetry: seconds(spec.connectTime),
    holdTime: seconds(spec.holdTime),
    keepaliveInterval: seconds(spec.keepaliveTime),
  });
  const remarks: Remark[] = [];
  const routes = routesFor(peer, o.pools, o.among);
  if (routes.none) {
    const message =
      'MetalLB tells this router nothing, since no BGPAdvertisement is for it: adminDown keeps the session away';
    remarks.push(remark(peer, '', message));
  }
  if (routes.gathered) {
    const message =
      'its BGPAdvertisements choose nodes in more ways than a BgpPeer has room for: it is told by the nodes of all of them';
    remarks.push(remark(peer, '', message));
  }
  const wantsBfd = typeof spec.bfdProfile === 'string' && spec.bfdProfile !== '';
  const bfd = wantsBfd ? bfdOf(peer, o.profile) : undefined;
  remarks.push(...(bfd?.remarks ?? []));
  const secret = (spec.passwordSecret as { readonly name?: unknown } | undefined)?.name;
  if (typeof secret === 'string') {
    const message = `copy Secret ${secret} into the namespace of the agents, and list it in agent.passwordSecrets of the chart: its entry password is read from there`;
    remarks.push(remark(peer, 'spec.passwordSecret', message));
  }
  const manifest = {
    apiVersion: `${group}/${version}`,
    kind: 'BgpPeer',
    metadata: { name: metadata.name },
    spec: defined({
      conf: defined({
        neighborAddress: spec.peerAddress,
        peerAs: spec.peerASN === 0 ? undefined : spec.peerASN,
        asType: spec.dynamicASN,
        localAs,
        authPassword: spec.password,
        passwordSecret: typeof secret === 'string' ? { name: secret } : undefined,
        neighborInterface: spec.interface,
        adminDown: routes.none,
      }),
      sourceAddress: spec.sourceAddress,
      transport: spec.peerPort === undefined || spec.peerPort === 179 ? undefined : { remotePort: spec.peerPort },
      timers: Object.keys(timers).length === 0 ? undefined : { config: timers },
      ebgpMultihop: spec.ebgpMultiHop === true ? { enabled: true } : undefined,
      bfd: bfd?.bfd,
      gracefulRestart: spec.enableGracefulRestart === true ? { enabled: true } : undefined,
      afiSafis: spec.dualStackAddressFamily === true ? ['AFI_IP', 'AFI_IP6'].map(unicast) : undefined,
      advertise: routes.advertise,
      ...nodesOf(list(spec.nodeSelectors)),
    }),
  };
  return { manifest, remarks };
}

function unicast(afi: string): object {
  return { config: { family: { afi, safi: 'SAFI_UNICAST' }, enabled: true } };
}

function peerRemarks(peer: Document): readonly Remark[] {
  const reasons = {
    routerID: 'nodes of one AS need identifiers of their own: each has its first IPv4 address',
    vrf: 'there is no counterpart: the session is in the main routing table',
    disableMP: 'there is no counterpart: name the families in spec.afiSafis',
  };
  return [
    ...withoutCounterpart(peer, reasons),
    ...unread(peer, 'spec', peer.spec, [...carriedOver, ...Object.keys(reasons)]),
  ];
}

function nodesOf(selectors: readonly Fields[]): Fields {
  const [selector, ...more] = selectors;
  if (selector === undefined) return {};
  return more.length === 0 ? { nodeSelector: selector } : { nodeSelectors: selectors };
}

const carriedOver = [
  'myASN',
  'peerASN',
  'dynamicASN',
  'localASN',
  'peerAddress',
  'sourceAddress',
  'password',
  'passwordSecret',
  'interface',
  'peerPort',
  'connectTime',
  'holdTime',
  'keepaliveTime',
  'ebgpMultiHop',
  'bfdProfile',
  'enableGracefulRestart',
  'dualStackAddressFamily',
  'nodeSelectors',
];

/** `1m30s` is `90`; a number counts seconds already. */
function seconds(duration: unknown): string | undefined {
  if (typeof duration === 'number') return String(duration);
  if (typeof duration !== 'string') return undefined;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)];
  if (parts.length === 0) return /^\d+$/.test(duration) ? duration : undefined;
  return String(Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)));
}

function defined(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
