/**
 * PureLB's ServiceGroups become Eips; its LBNodeAgents are read for their NICs.
 * Source: PureLB pkg/apis/purelb/v1/types.go, pkg/apis/purelb/v2/types.go (v0.13 to v2).
 */
import { group, version } from '../api/annotations.js';
import {
  announcedBy,
  type Choices,
  type Converted,
  type Document,
  type Fields,
  fields,
  isSet,
  list,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
  strayEntries,
  strings,
  unread,
} from './document.js';
import { asDefault } from './everybody.js';
import { nicsOfRegex } from './nic-regex.js';

export function isPurelb({ apiVersion, kind }: Document): boolean {
  return apiVersion.startsWith('purelb.io/') && (kind === 'ServiceGroup' || kind === 'LBNodeAgent');
}

/** @param documents those of PureLB: see `isPurelb` */
export function convertPurelb(documents: readonly Document[], chosen: Choices): Converted {
  const agents = documents.filter(({ kind }) => kind === 'LBNodeAgent').map(agentOf);
  const nics = [...new Set(agents.flatMap(({ nic }) => nic ?? []))];
  const choices = chosen.interface === undefined && nics.length > 0 ? { ...chosen, interface: nics.join(',') } : chosen;
  const groups = documents.filter(({ kind }) => kind === 'ServiceGroup');
  const made = groups.map((each) => convertGroup(each, choices));
  const severalNics =
    nics.length > 1 && chosen.interface === undefined && chosen.protocol !== 'bgp'
      ? [{ object: 'LBNodeAgents', field: 'spec.local', message: `${nics.join(',')}: ${firstThatItHas}` }]
      : [];
  return {
    manifests: made.flatMap(({ manifests }) => manifests),
    remarks: [...agents.flatMap(({ remarks }) => remarks), ...severalNics, ...made.flatMap(({ remarks }) => remarks)],
    notes: [...agents.flatMap(({ notes }) => notes), ...made.flatMap(({ notes }) => notes ?? [])],
  };
}

const firstThatItHas = 'each node takes the first of these that it has. Name another with --interface';

function convertGroup(document: Document, choices: Choices): Converted {
  const { spec, metadata } = document;
  const isRemote = isSet(spec.remote);
  const [place, pools] = isRemote ? ['spec.remote', fields(spec.remote)] : ['spec.local', fields(spec.local)];
  const remarks: Remark[] = [
    ...unread(document, 'spec', spec, [...sources, 'namespaces', 'enforceNamespaces', 'namespaceDefault']),
  ];
  const say = (field: string, message: string) => remarks.push(remark(document, field, message));
  for (const source of ['netbox', 'external'] as const)
    if (isSet(spec[source])) say(`spec.${source}`, 'addresses come from another system, which nothing here asks');
  const read = addressesOf(document, place, pools);
  remarks.push(...read.remarks);
  if (read.addresses.length === 0) {
    say('', 'names no address that could be given out: left out. Write an Eip with the addresses');
    return { manifests: [], remarks };
  }
  if (isRemote) say(place, routed);
  for (const [field, message] of Object.entries(ofPools)) if (isSet(pools[field])) say(`${place}.${field}`, message);
  remarks.push(...unread(document, place, pools, [...poolFields, ...legacy, ...Object.keys(ofPools)]));
  const namespaces = strings(spec.namespaces);
  if (namespaces.length > 0 && spec.enforceNamespaces !== true)
    say('spec.namespaces', 'Services of other namespaces got addresses by naming the group: an Eip refuses them');
  if (isSet(spec.enforceNamespaces))
    say('spec.enforceNamespaces', 'Services of these namespaces may still get addresses of other Eips by naming those');
  if (isSet(spec.namespaceDefault))
    say('spec.namespaceDefault', 'of Eips of one namespace, that with the lowest spec.priority counts: write one');
  const isDefault = metadata.name === 'default' && namespaces.length === 0;
  const how = isRemote ? { ...choices, protocol: 'bgp' as const } : choices;
  const eip: Manifest = {
    apiVersion: `${group}/${version}`,
    kind: 'Eip',
    metadata: { name: metadata.name, ...(isDefault ? asDefault : {}) },
    spec: {
      address: read.addresses.join(', '),
      ...announcedBy(how, choices.interface),
      ...(namespaces.length === 0 ? {} : { namespaces }),
    },
  };
  const mayBeRouted = !isRemote && document.apiVersion.endsWith('/v1') && choices.protocol !== 'bgp';
  const notes = [...metadataNotes(document), ...(mayBeRouted ? [remark(document, place, onTheLan)] : [])];
  return { manifests: [eip], remarks, notes };
}

const sources = ['local', 'remote', 'netbox', 'external'];
const poolFields = ['v4pool', 'v6pool', 'v4pools', 'v6pools'];
/** Of before there were two families. */
const legacy = ['pool', 'subnet', 'aggregation'];

const routed =
  'PureLB puts these addresses on a NIC of their own, for a router on the node (BIRD, FRR) to announce: here agents speak BGP themselves. Stop that router, and make a BgpConf and a BgpPeer for each of the routers that it speaks with';
const onTheLan =
  'of a subnet that no node is in, PureLB leaves announcing to a router on the node: convert such groups with --protocol bgp';

const ofPools = {
  skipIPv6DAD: 'nodes always ask whether somebody else has an address',
  multiPool: 'a Service has one address of a family',
  balancePools: 'the lowest free address is given',
};

/** Of every pool of a group: `v4pool`, `v6pools[1]`, and the one of before there were two families. */
function addressesOf(
  document: Document,
  place: string,
  local: Fields,
): { readonly addresses: readonly string[]; readonly remarks: readonly Remark[] } {
  const remarks: Remark[] = [];
  const addresses: string[] = [];
  const take = (at: string, pool: Fields) => {
    if (typeof pool.pool === 'string' && pool.pool.trim() !== '') addresses.push(pool.pool.trim());
    else
      remarks.push(
        remark(
          document,
          `${at}.pool`,
          pool.pool === undefined ? 'is missing: left out' : `${JSON.stringify(pool.pool)} is no range: left out`,
        ),
      );
    const { aggregation } = pool;
    if (isSet(aggregation) && aggregation !== 'default' && !hostRoute.test(String(aggregation)))
      remarks.push(remark(document, `${at}.aggregation`, aggregated));
    remarks.push(...unread(document, at, pool, legacy));
  };
  for (const field of poolFields) {
    const value = local[field];
    if (value === undefined || value === null) continue;
    if (field.endsWith('s')) {
      remarks.push(...strayEntries(document, `${place}.${field}`, value));
      for (const [at, pool] of list(value).entries()) take(`${place}.${field}[${at}]`, pool);
    } else take(`${place}.${field}`, fields(value));
  }
  if (isSet(local.pool)) {
    const { pool, subnet, aggregation } = local;
    take(place, { pool, subnet, aggregation });
  }
  return { addresses, remarks };
}

const hostRoute = /^\/(?:32|128)$/;
const aggregated = 'how long the prefix is that routers are told of is aggregationLength, in advertise of a BgpPeer';

interface Agent {
  /** Of its local addresses, where it is not that of the default route. */
  readonly nic?: string;
  readonly remarks: readonly Remark[];
  readonly notes: readonly Remark[];
}

function agentOf(document: Document): Agent {
  const { spec } = document;
  const local = fields(spec.local);
  const remarks = [
    ...unread(document, 'spec', spec, ['local', 'nodeSelector']),
    ...unread(document, 'spec.local', local, agentFields),
  ];
  if (Object.keys(fields(spec.nodeSelector)).length > 0) {
    const message =
      'it is for some nodes alone, and an Eip names NICs for all: see that no node has one that it is not to use';
    remarks.push(remark(document, 'spec.nodeSelector', message));
  }
  if (isSet(local.addressGuard)) {
    const message =
      'there is no counterpart: a program of the node that listens on every address answers on these, too';
    remarks.push(remark(document, 'spec.local.addressGuard', message));
  }
  const notes = [remark(document, '', 'read for its NIC alone')];
  const field = local.localInterface === undefined ? 'localint' : 'localInterface';
  const written = local[field];
  if (typeof written !== 'string' || written === '' || written === 'default') return { remarks, notes };
  const nic = nicsOfRegex(written);
  if (nic !== undefined) return { nic, remarks, notes };
  const message = `${JSON.stringify(written)} cannot be said in an Eip: name the NICs with --interface, such as eth0,eno*`;
  return { remarks: [...remarks, remark(document, `spec.local.${field}`, message)], notes };
}

/** Addresses are announced, have a lifetime and are taken from subnets here in any case. */
const agentFields = [
  'localint',
  'localInterface',
  'extlbint',
  'dummyInterface',
  'sendgarp',
  'garpConfig',
  'addressConfig',
  'interfaces',
  'addressGuard',
];
