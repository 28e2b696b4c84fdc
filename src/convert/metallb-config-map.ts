/** The ConfigMap that MetalLB had before 0.13, read as the objects that it has now. */
import { parseBounded } from './bounded-yaml.js';
import {
  type Document,
  defined,
  type Fields,
  fields,
  list,
  type Remark,
  remark,
  strayEntries,
  unread,
} from './document.js';
import { objectsOfPool, protocolRemarks } from './metallb-old-pools.js';

/** Whether a ConfigMap is MetalLB's: its key `config` holds pools or peers. */
export function isMetallbConfigMap({ kind, data }: Document): boolean {
  return kind === 'ConfigMap' && typeof data.config === 'string' && ofMetallb.test(data.config);
}

/** At the beginning of a line, or in braces as JSON has them. */
const ofMetallb = /(^|[{,]\s*)["']?(address-pools|peers)["']?\s*:/m;

export function objectsOfConfigMap(document: Document): {
  readonly documents: readonly Document[];
  readonly remarks: readonly Remark[];
  /** Why nothing of it can be read. */
  readonly problem?: Remark;
  /** Where a list should be and none is: what it was to be is not known. It is among the remarks. */
  readonly noList?: Remark;
} {
  let config: Fields;
  try {
    config = fields(parseBounded(String(document.data.config)));
  } catch (error) {
    return { documents: [], remarks: [], problem: remark(document, 'data.config', (error as Error).message) };
  }
  const noList = ['address-pools', 'peers'].find((key) => !Array.isArray(config[key] ?? []));
  const written = list(config['address-pools']);
  const pools = written.flatMap((pool, at) => {
    const isDouble = written.slice(0, at).some(({ name }) => name === pool.name && name !== undefined);
    return poolObjects(document, pool, at, isDouble);
  });
  const peers = list(config.peers).map((peer, at) => peerObject(document, peer, at));
  const profiles = list(config['bfd-profiles']).map((profile, at) => profileObject(document, profile, at));
  const remarks = [
    ...unread(document, 'config', config, ['address-pools', 'peers', 'bgp-communities', 'bfd-profiles']),
    ...unread(document, 'data', document.data, ['config']),
    ...['address-pools', 'peers', 'bfd-profiles'].flatMap((key) =>
      strayEntries(document, `config.${key}`, config[key]),
    ),
    ...written.flatMap((pool, at) => poolRemarks(document, pool, at)),
  ];
  return {
    documents: [...pools, ...peers, ...profiles, ...communityObjects(document, config['bgp-communities'])],
    remarks,
    ...(noList === undefined ? {} : { noList: remark(document, `config.${noList}`, 'is no list') }),
  };
}

function poolRemarks(document: Document, pool: Fields, at: number): readonly Remark[] {
  const place = `config.address-pools[${at}]`;
  const known = ['name', 'protocol', 'addresses', 'cidr', 'auto-assign', 'avoid-buggy-ips', 'bgp-advertisements'];
  return [
    ...unread(document, place, pool, known),
    ...protocolRemarks(document, place, pool),
    ...strayEntries(document, `${place}.bgp-advertisements`, pool['bgp-advertisements']),
  ];
}

/** @param isDouble whether another one before it has its name: each has advertisements of its own all the same */
function poolObjects(origin: Document, pool: Fields, at: number, isDouble: boolean): readonly Document[] {
  const name = typeof pool.name === 'string' ? pool.name : `pool-${at}`;
  const { addresses, cidr } = pool;
  const written = list(pool['bgp-advertisements']).map(({ localpref, ...each }) =>
    defined({ ...camelCased(each), localPref: localpref }),
  );
  return objectsOfPool({
    name,
    called: `${origin.called}, address pool ${name}${isDouble ? ` (address-pools[${at}])` : ''}`,
    pool: {
      addresses: addresses ?? cidr,
      autoAssign: pool['auto-assign'],
      avoidBuggyIPs: pool['avoid-buggy-ips'],
      protocol: pool.protocol,
      bgpAdvertisements: written,
    },
  });
}

function peerObject(origin: Document, peer: Fields, at: number): Document {
  const { myAsn, peerAsn, routerId, ebgpMultihop, nodeSelectors, ...rest } = camelCased(peer);
  const spec = defined({
    ...rest,
    myASN: myAsn,
    peerASN: peerAsn,
    routerID: routerId,
    ebgpMultiHop: ebgpMultihop,
    nodeSelectors: nodeSelectors === undefined ? undefined : list(nodeSelectors).map(camelCased),
  });
  const called = `${origin.called}, peer ${String(spec.peerAddress ?? at)}`;
  const metadata = { name: `peer-${at}` };
  return { apiVersion: 'metallb.io/v1beta1', kind: 'BGPPeer', metadata, spec, data: {}, status: {}, called };
}

function profileObject(origin: Document, profile: Fields, at: number): Document {
  const { name = `profile-${at}`, ...spec } = camelCased(profile);
  const called = `${origin.called}, BFD profile ${String(name)}`;
  const metadata = { name: String(name) };
  return { apiVersion: 'metallb.io/v1beta1', kind: 'BFDProfile', metadata, spec, data: {}, status: {}, called };
}

/** A map of names nowadays is a list of them. */
function communityObjects(origin: Document, named: unknown): readonly Document[] {
  const communities = Object.entries(fields(named)).map(([name, value]) => ({ name, value }));
  if (communities.length === 0) return [];
  const called = `${origin.called}, bgp-communities`;
  const metadata = { name: 'bgp-communities' };
  const spec = { communities };
  return [{ apiVersion: 'metallb.io/v1beta1', kind: 'Community', metadata, spec, data: {}, status: {}, called }];
}

/** `peer-address` is `peerAddress` nowadays. */
function camelCased(object: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
