/**
 * Cilium's BGP becomes the one BgpConf and a BgpPeer for each router that its CiliumBGPClusterConfigs, or CiliumBGPPeeringPolicies, name.
 */
import { group, version } from '../api/annotations.js';
import { describedBy } from './cilium-advertisements.js';
import { type Router, routersOf } from './cilium-routers.js';
import {
  type Converted,
  type Document,
  defined,
  type Fields,
  fields,
  isSet,
  list,
  type Manifest,
  type Remark,
  remark,
} from './document.js';

/** Whether routers are told of addresses of Services of type LoadBalancer. */
export function isRoutedByCilium(documents: readonly Document[]): boolean {
  return documents.some(
    (each) =>
      (each.kind === 'CiliumBGPAdvertisement' && describedBy(each).some(({ entry }) => entry !== undefined)) ||
      (each.kind === 'CiliumBGPPeeringPolicy' &&
        list(each.spec.virtualRouters).some(({ serviceSelector }) => isSet(serviceSelector))),
  );
}

export function convertCiliumBgp(documents: readonly Document[]): Converted {
  const remarks: Remark[] = [];
  const routers = routersOf(documents, remarks);
  for (const each of documents) {
    if (each.kind === 'CiliumBGPAdvertisement') remarks.push(...describedBy(each).flatMap((part) => part.remarks));
    if (each.kind === 'CiliumBGPNodeConfigOverride') remarks.push(remark(each, '', ofOneNode));
  }
  const [first] = routers;
  if (first === undefined) return { manifests: [], remarks };
  const { localAs: as, listenPort } = first;
  for (const { document, place, listenPort: other } of routers) {
    if (other === listenPort) continue;
    const message = `nodes take connections at one port: ${listenPort === undefined ? 'the default' : String(listenPort)} counts, by listenPort of the BgpConf, and not ${String(other)}`;
    remarks.push(remark(document, place, message));
  }
  const apiVersion = `${group}/${version}`;
  const conf: Manifest = {
    apiVersion,
    kind: 'BgpConf',
    metadata: { name: 'default' },
    spec: defined({ as, listenPort }),
  };
  const peers = routers.map(
    (router): Manifest => ({
      apiVersion,
      kind: 'BgpPeer',
      metadata: { name: router.name },
      spec: peerSpec(router, as, remarks),
    }),
  );
  remarks.push({ object: 'Cilium', field: '', message: twoSpeakers });
  return { manifests: [conf, ...peers], remarks };
}

const ofOneNode =
  'there is no counterpart for settings of one node: left out. A session has the source that the route to the router gives, or sourceAddress of the BgpPeer';

const twoSpeakers =
  'a router takes one session from an address of a node. Take these routers out of its objects before the BgpPeers are applied; while it goes on telling them of Pods, give the BgpPeers another sourceAddress';

function peerSpec(router: Router, as: unknown, remarks: Remark[]): Fields {
  const { document, place, peer, config, localAs, entries } = router;
  const say = (field: string, message: string) => remarks.push(remark(document, field, message));
  const { mode, unnumbered, defaultGateway } = fields(peer.autoDiscovery);
  const secret = config.authSecretRef;
  if (isSet(secret)) {
    const message = `copy Secret ${String(secret)} into the namespace of the agents, and list it in agent.passwordSecrets of the chart: its entry password is read from there`;
    say(place, message);
  }
  if (entries.length === 0)
    say(place, 'Cilium tells this router of no address of a Service: adminDown keeps the session away');
  const timers = fields(config.timers);
  const seconds = (value: unknown) => (typeof value === 'number' ? String(value) : undefined);
  const { peerPort } = fields(config.transport);
  const hops = config.ebgpMultihop;
  const restart = fields(config.gracefulRestart);
  const isKnown = peer.peerASN !== undefined && peer.peerASN !== 0;
  const only = entries.length === 1 && Object.keys(entries[0]!).length === 0;
  return defined({
    conf: defined({
      neighborAddress: peer.peerAddress ?? (mode === 'DefaultGateway' ? gatewayOf(defaultGateway) : undefined),
      neighborInterface: mode === 'Unnumbered' ? fields(unnumbered).interface : undefined,
      peerAs: isKnown ? peer.peerASN : undefined,
      asType: !isKnown && mode === 'Unnumbered' ? 'external' : undefined,
      localAs: localAs === as ? undefined : localAs,
      passwordSecret: isSet(secret) ? { name: secret } : undefined,
      adminDown: entries.length === 0 ? true : undefined,
    }),
    transport: peerPort === undefined || peerPort === 179 ? undefined : { remotePort: peerPort },
    timers: nonEmpty(
      defined({
        connectRetry: seconds(timers.connectRetryTimeSeconds),
        holdTime: seconds(timers.holdTimeSeconds),
        keepaliveInterval: seconds(timers.keepAliveTimeSeconds),
      }),
    ),
    ebgpMultihop: typeof hops === 'number' && hops > 1 ? { enabled: true, multihopTtl: hops } : undefined,
    gracefulRestart:
      restart.enabled === true ? defined({ enabled: true, restartTime: restart.restartTimeSeconds }) : undefined,
    afiSafis: familiesOf(config.families),
    advertise: entries.length === 0 || only ? undefined : entries,
    nodeSelector: nonEmptySelector(fields(document.spec.nodeSelector)),
  });
}

function gatewayOf(defaultGateway: unknown): string {
  return fields(defaultGateway).addressFamily === 'ipv6' ? 'default_gateway:IPv6' : 'default_gateway';
}

/** Cilium announces both families where none are named. */
function familiesOf(families: unknown): readonly Fields[] {
  const named = list(families).flatMap(({ afi, safi }) =>
    safi === 'unicast' || safi === undefined ? [String(afi)] : [],
  );
  const known: Readonly<Record<string, string>> = { ipv4: 'AFI_IP', ipv6: 'AFI_IP6' };
  const wanted = list(families).length === 0 ? ['ipv4', 'ipv6'] : [...new Set(named)];
  return wanted.flatMap((each) =>
    known[each] === undefined
      ? []
      : [{ config: { family: { afi: known[each], safi: 'SAFI_UNICAST' }, enabled: true } }],
  );
}

function nonEmpty(config: Fields): Fields | undefined {
  return Object.keys(config).length === 0 ? undefined : { config };
}

function nonEmptySelector(selector: Fields): Fields | undefined {
  return Object.keys(selector).length === 0 ? undefined : selector;
}
