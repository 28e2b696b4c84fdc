/**
 * The routers that Cilium speaks with: of CiliumBGPClusterConfigs and the CiliumBGPPeerConfigs that these name, and of CiliumBGPPeeringPolicies,
 * which were there before.
 * Source: Cilium pkg/k8s/apis/cilium.io/v2/bgp_cluster_types.go, bgp_peer_types.go, pkg/k8s/apis/cilium.io/v2alpha1/bgp_types.go (v1.18).
 */
import { announcedTo, podsText } from './cilium-advertisements.js';
import { type Document, type Fields, fields, isSet, list, type Remark, remark, unread } from './document.js';

/** A router as one object names it, in the words of CiliumBGPPeerConfig. */
export interface Router {
  readonly document: Document;
  /** Where it stands in that. */
  readonly place: string;
  readonly name: string;
  readonly localAs: unknown;
  /** Where connections are taken; undefined: nowhere. */
  readonly listenPort?: unknown;
  readonly peer: Fields;
  readonly config: Fields;
  /** `advertise` of the BgpPeer; empty: it is told nothing. */
  readonly entries: readonly Fields[];
}

/** What of them is not as it was goes to `remarks`. */
export function routersOf(documents: readonly Document[], remarks: Remark[]): readonly Router[] {
  return documents.flatMap((document): readonly Router[] => {
    if (document.kind === 'CiliumBGPClusterConfig') return ofCluster(document, documents, remarks);
    return document.kind === 'CiliumBGPPeeringPolicy' ? ofPolicy(document, remarks) : [];
  });
}

function ofCluster(document: Document, documents: readonly Document[], remarks: Remark[]): readonly Router[] {
  const { spec, metadata } = document;
  remarks.push(...unread(document, 'spec', spec, ['nodeSelector', 'bgpInstances']));
  if (!Array.isArray(spec.bgpInstances)) remarks.push(remark(document, 'spec.bgpInstances', 'is no list: left out'));
  return list(spec.bgpInstances).flatMap((instance, at) => {
    const place = `spec.bgpInstances[${at}]`;
    remarks.push(...unread(document, place, instance, ['name', 'localASN', 'localPort', 'peers']));
    return list(instance.peers).map((peer, number): Router => {
      const here = `${place}.peers[${number}]`;
      const ref = fields(peer.peerConfigRef).name;
      const found = documents.find(({ kind, metadata: { name } }) => kind === 'CiliumBGPPeerConfig' && name === ref);
      if (found === undefined && ref !== undefined) {
        const message = `there is no CiliumBGPPeerConfig ${String(ref)} in the input: the defaults count, and the router is told of every address`;
        remarks.push(remark(document, `${here}.peerConfigRef`, message));
      }
      remarks.push(
        ...unread(document, here, peer, ['name', 'peerAddress', 'peerASN', 'peerConfigRef', 'autoDiscovery']),
      );
      const config = found?.spec ?? {};
      const entries = found === undefined && ref !== undefined ? [{}] : announcedTo(config, documents);
      if (found !== undefined) remarks.push(...configRemarks(found, 'spec', config));
      const name = nameOf([metadata.name, instance.name, peer.name ?? number]);
      return {
        document,
        place: here,
        name,
        localAs: instance.localASN,
        listenPort: instance.localPort,
        peer,
        config,
        entries,
      };
    });
  });
}

/** What came before: it has the settings of a router beside its address. */
function ofPolicy(document: Document, remarks: Remark[]): readonly Router[] {
  const { spec, metadata } = document;
  remarks.push(...unread(document, 'spec', spec, ['nodeSelector', 'virtualRouters']));
  return list(spec.virtualRouters).flatMap((instance, at) => {
    const place = `spec.virtualRouters[${at}]`;
    remarks.push(
      ...unread(document, place, instance, ['localASN', 'neighbors', 'serviceSelector', ...ofPods, ...ofServices]),
    );
    for (const field of ofPods)
      if (isSet(instance[field])) remarks.push(remark(document, `${place}.${field}`, podsText));
    const entries = isSet(instance.serviceSelector) ? [{}] : [];
    return list(instance.neighbors).map((neighbor, number): Router => {
      const here = `${place}.neighbors[${number}]`;
      const { peerAddress, peerASN, peerPort, eBGPMultihopTTL, ...rest } = neighbor;
      const { connectRetryTimeSeconds, holdTimeSeconds, keepAliveTimeSeconds, families, ...others } = rest;
      if (isSet(others.advertisedPathAttributes)) {
        const message = 'write communities and localPref into advertise of the BgpPeer';
        remarks.push(remark(document, `${here}.advertisedPathAttributes`, message));
      }
      remarks.push(...unread(document, here, others, ['advertisedPathAttributes', 'authSecretRef', 'gracefulRestart']));
      const config = {
        ...others,
        timers: { connectRetryTimeSeconds, holdTimeSeconds, keepAliveTimeSeconds },
        transport: { peerPort },
        ebgpMultihop: eBGPMultihopTTL,
        families,
      };
      // It is written with the length of a prefix.
      const address = typeof peerAddress === 'string' ? peerAddress.replace(/\/\d+$/, '') : peerAddress;
      const peer = { peerAddress: address, peerASN };
      return {
        document,
        place: here,
        name: nameOf([metadata.name, at, number]),
        localAs: instance.localASN,
        peer,
        config,
        entries,
      };
    });
  });
}

const ofPods = ['exportPodCIDR', 'podIPPoolSelector'];
const ofServices = ['serviceAdvertisements'];

function configRemarks(document: Document, place: string, config: Fields): readonly Remark[] {
  const { transport, families } = config;
  const known = ['transport', 'timers', 'authSecretRef', 'gracefulRestart', 'ebgpMultihop', 'families'];
  const others = list(families).filter(({ afi, safi }) => safi !== 'unicast' || (afi !== 'ipv4' && afi !== 'ipv6'));
  return [
    ...unread(document, place, config, known),
    ...unread(document, `${place}.transport`, fields(transport), ['peerPort']),
    ...others.map((each) =>
      remark(document, `${place}.families`, `${String(each.afi)}/${String(each.safi)} is not announced here: left out`),
    ),
  ];
}

/** Names of instances and routers are anything; those of objects are not. */
function nameOf(parts: readonly unknown[]): string {
  const text = parts.map(String).join('-').toLowerCase();
  return text
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 253);
}
