/** OpenELB's own objects: those of v1alpha1 in the words of v1alpha2, without what its programs wrote. */
import { annotationProblem } from '../api/annotation-keys.js';
import { group, version } from '../api/annotations.js';
import { bgpConfSpec } from '../api/bgp-conf.js';
import { bgpConfWarnings } from '../api/bgp-conf-rules.js';
import { bgpPeerSpec } from '../api/bgp-peer.js';
import { bgpPeerWarnings } from '../api/bgp-peer-rules.js';
import { readBgpConf, readBgpPeer } from '../api/read-bgp.js';
import { unknownFields } from '../api/unknown-fields.js';
import { type Converted, type Document, type Fields, fields, type Remark, remark, unread } from './document.js';

export function isOpenelb({ apiVersion, kind }: Document): boolean {
  return apiVersion.startsWith(`${group}/`) && ['Eip', 'BgpConf', 'BgpPeer'].includes(kind);
}

export function convertOpenelb(document: Document): Converted {
  const { kind, metadata } = document;
  const { labels = {}, annotations = {} } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...ownAnnotations } = annotations;
  const remarks: Remark[] = [];
  if (labels[cniLabel] !== undefined) {
    const message = 'the CNI does not announce the addresses for us: take care that only one of the two does';
    remarks.push(remark(document, `metadata.labels["${cniLabel}"]`, message));
  }
  const spec = document.apiVersion.endsWith('/v1alpha1') ? currentSpec(document, remarks) : document.spec;
  if (kind === 'Eip') {
    for (const key of Object.keys(ownAnnotations)) {
      const problem = annotationProblem(key, 'Eip');
      if (problem !== undefined) remarks.push(remark(document, '', problem));
    }
  } else {
    const isConf = kind === 'BgpConf';
    const strays = unknownFields(isConf ? bgpConfSpec : bgpPeerSpec, spec, 'spec');
    const object = { metadata, spec };
    const conf = isConf ? readBgpConf(object) : undefined;
    const peer = isConf ? undefined : readBgpPeer(object);
    const idle = [...(conf ? bgpConfWarnings(conf) : []), ...(peer ? bgpPeerWarnings(peer) : [])];
    remarks.push(...[...strays, ...idle].map(({ path, message }) => remark(document, path, message)));
  }
  const manifest = {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name: metadata.name,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(ownAnnotations).length === 0 ? {} : { annotations: ownAnnotations }),
    },
    spec,
  };
  return { manifests: [manifest], remarks };
}

const cniLabel = 'openelb.kubesphere.io/cni';

function currentSpec(document: Document, remarks: Remark[]): Fields {
  const { kind, spec } = document;
  if (kind === 'BgpConf') {
    const { port, routerID, ...rest } = spec;
    return { ...rest, ...given('listenPort', port), ...given('routerId', routerID) };
  }
  if (kind === 'BgpPeer') {
    const { config, addPaths, usingPortForward, ...rest } = spec;
    if (usingPortForward !== undefined) {
      remarks.push(remark(document, 'spec.usingPortForward', 'there is no counterpart'));
    }
    const { sendMax, ...others } = fields(addPaths);
    remarks.push(...unread(document, 'spec.addPaths', others, []));
    const family = { family: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' }, enabled: true };
    const paths = sendMax === undefined ? {} : { afiSafis: [{ config: family, addPaths: { config: { sendMax } } }] };
    return { ...given('conf', config), ...rest, ...paths };
  }
  return spec;
}

function given(field: string, value: unknown): Fields {
  return value === undefined ? {} : { [field]: value };
}
