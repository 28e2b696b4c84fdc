/** The ConfigMap that MetalLB had before 0.13, read as the objects that it has now. */
import { parse } from 'yaml';
import { type Document, type Fields, fields, list, type Remark, remark, unread } from './document.js';

/** Whether a ConfigMap is MetalLB's: its key `config` holds pools or peers. */
export function isMetallbConfigMap({ kind, data }: Document): boolean {
  return kind === 'ConfigMap' && typeof data.config === 'string' && /^(address-pools|peers):/m.test(data.config);
}

export function objectsOfConfigMap(document: Document): {
  readonly documents: readonly Document[];
  readonly remarks: readonly Remark[];
  readonly problem?: Remark;
} {
  let config: Fields;
  try {
    config = fields(parse(String(document.data.config)));
  } catch (error) {
    const problem = remark(document, 'data.config', `is not YAML: ${(error as Error).message.split('\n', 1)[0]}`);
    return { documents: [], remarks: [], problem };
  }
  const pools = list(config['address-pools']).flatMap((pool, at) => poolObjects(document, pool, at));
  const peers = list(config.peers).map((peer, at) => peerObject(document, peer, at));
  const withoutCounterpart = ['bgp-communities', 'bfd-profiles'];
  const remarks = [
    ...withoutCounterpart
      .filter((key) => config[key] !== undefined)
      .map((key) => remark(document, `config.${key}`, 'there is no counterpart')),
    ...unread(document, 'config', config, ['address-pools', 'peers', ...withoutCounterpart]),
    ...unread(document, 'data', document.data, ['config']),
    ...['address-pools', 'peers'].flatMap((key) => strayEntries(document, key, config[key])),
    ...list(config['address-pools']).flatMap((pool, at) => poolRemarks(document, pool, at)),
  ];
  return { documents: [...pools, ...peers], remarks };
}

/** What is no object where there should be a list of them. */
function strayEntries(document: Document, key: string, value: unknown): readonly Remark[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [remark(document, `config.${key}`, 'is no list: left out')];
  return value.flatMap((each, at) =>
    typeof each === 'object' && each !== null
      ? []
      : [remark(document, `config.${key}[${at}]`, `${JSON.stringify(each)} is no object: left out`)],
  );
}

function poolRemarks(document: Document, pool: Fields, at: number): readonly Remark[] {
  const place = `config.address-pools[${at}]`;
  const known = ['name', 'protocol', 'addresses', 'cidr', 'auto-assign', 'avoid-buggy-ips', 'bgp-advertisements'];
  const { protocol } = pool;
  const strange = protocol !== 'layer2' && protocol !== 'bgp';
  const told = `is ${JSON.stringify(protocol) ?? 'missing'}, neither layer2 nor bgp: read as layer2`;
  return [
    ...unread(document, place, pool, known),
    ...(strange ? [remark(document, `${place}.protocol`, told)] : []),
    ...strayEntries(document, `address-pools[${at}].bgp-advertisements`, pool['bgp-advertisements']),
  ];
}

function poolObjects(origin: Document, pool: Fields, at: number): readonly Document[] {
  const name = typeof pool.name === 'string' ? pool.name : `pool-${at}`;
  const { addresses, cidr } = pool;
  const common = { origin, name, called: `${origin.called}, address pool ${name}` };
  const spec = defined({
    addresses: addresses ?? cidr,
    autoAssign: pool['auto-assign'],
    avoidBuggyIPs: pool['avoid-buggy-ips'],
  });
  const own = { ipAddressPools: [name] };
  const written = list(pool['bgp-advertisements']).map(({ localpref, ...each }) =>
    defined({ ...camelCased(each), localPref: localpref }),
  );
  const advertisements =
    pool.protocol === 'bgp'
      ? (written.length === 0 ? [{}] : written).map((each, index) => {
          const called = `${common.called}, bgp-advertisements[${index}]`;
          return object({ ...common, called, kind: 'BGPAdvertisement', spec: { ...each, ...own } });
        })
      : [object({ ...common, kind: 'L2Advertisement', spec: own })];
  return [object({ ...common, kind: 'IPAddressPool', spec }), ...advertisements];
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
  return object({ origin, kind: 'BGPPeer', name: `peer-${at}`, called, spec });
}

function object(o: { origin: Document; kind: string; name: string; called: string; spec: Fields }): Document {
  const { kind, called, spec } = o;
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { name: o.name }, spec, data: {}, status: {}, called };
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

function defined(object: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
