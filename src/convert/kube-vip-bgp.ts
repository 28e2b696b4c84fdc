/**
 * kube-vip's BGP, which its environment describes, becomes a BgpConf and BgpPeers. Its Pods on several nodes say the same.
 * Source: kube-vip pkg/kubevip/config_bgp.go, config_environment.go, pkg/bgp/peers.go (v1.2).
 */
import { group, version } from '../api/annotations.js';
import { type Converted, type Document, type Fields, fields, type Manifest, type Remark, remark } from './document.js';
import { type Environment, environmentOf, isTrue, routes } from './kube-vip-environment.js';

/** Hops that kube-vip lets a router be away that it is told to reach over several. */
const multihopTtl = 50;

export function convertKubeVipBgp(documents: readonly Document[]): Converted {
  const speakers = documents.flatMap((document) => {
    const env = environmentOf(document);
    return env !== undefined && routes(env) ? [{ document, env }] : [];
  });
  const [first] = speakers;
  if (first === undefined) return { manifests: [], remarks: [] };
  const as = asNumber(first.env);
  const remarks: Remark[] = [];
  const peers = new Map<string, Fields>();
  for (const { document, env } of speakers) {
    if (!Object.is(asNumber(env), as)) {
      const message = `nodes have one BgpConf: bgp_as of ${first.document.called} counts. Where nodes have AS numbers of their own, write them into asPerRack of the BgpConf`;
      remarks.push(remark(document, 'env bgp_as', message));
    }
    const made = peersOf(document, env);
    remarks.push(...made.remarks, ...otherRemarks(document, env));
    for (const spec of made.specs) peers.set(JSON.stringify(spec), spec);
  }
  if (peers.size === 0)
    remarks.push(remark(first.document, 'env bgp_peers', 'names no router: make a BgpPeer for each'));
  const apiVersion = `${group}/${version}`;
  const manifests: Manifest[] = [
    { apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: as === undefined ? {} : { as } },
    ...[...peers.values()].map((spec, at) => ({
      apiVersion,
      kind: 'BgpPeer',
      metadata: { name: `kubevip-${at}` },
      spec,
    })),
  ];
  return { manifests, remarks };
}

function asNumber({ values }: Environment): number | undefined {
  const text = values.get('bgp_as');
  return text === undefined || text === '' ? undefined : Number(text);
}

/** What kube-vip is told of one router. */
interface Router {
  readonly address?: string;
  readonly nic?: string;
  readonly as?: string;
  readonly password?: string;
  readonly passwordSecret?: Fields;
  readonly multihop: boolean;
  readonly port?: string;
  readonly bothFamilies: boolean;
  /** Whether, how often we receive and send, in milliseconds, and the multiplier, as texts. */
  readonly bfd?: readonly string[];
}

function peersOf(document: Document, env: Environment): { specs: readonly Fields[]; remarks: readonly Remark[] } {
  const remarks: Remark[] = [];
  const { values } = env;
  const listed = (values.get('bgp_peers') ?? '').split(',').flatMap((text, at): readonly Router[] => {
    if (text === '') return [];
    const router = routerFrom(text);
    if (router !== undefined) return [router];
    // Without the text, which may hold a password.
    remarks.push(remark(document, `env bgp_peers[${at}]`, 'is not of the form ADDRESS:AS: left out'));
    return [];
  });
  const address = values.get('bgp_peeraddress') ?? '';
  const passwordSecret = passwordSecretOf(env);
  const single: Router = {
    address,
    as: values.get('bgp_peeras') ?? '',
    password: values.get('bgp_peerpass') ?? '',
    ...(passwordSecret === undefined ? {} : { passwordSecret }),
    multihop: isTrue(values.get('bgp_multihop')),
    bothFamilies: false,
  };
  if (address !== '' && passwordSecret !== undefined) {
    const message = `copy Secret ${String(passwordSecret.name)} into the namespace of the agents, and list it in agent.passwordSecrets of the chart`;
    remarks.push(remark(document, 'env bgp_peerpass', message));
  }
  const all = address === '' ? listed : [...listed, single];
  for (const router of all) {
    if (!router.multihop || !wantsBfd(router)) continue;
    const message = `${router.address ?? router.nic}: BFD over several hops is left out: write spec.bfd into the BgpPeer where the router has it (RFC 5883)`;
    remarks.push(remark(document, 'env bgp_peers', message));
  }
  return { specs: all.map((router) => specOf(router, values)), remarks };
}

function wantsBfd({ bfd }: Router): boolean {
  return isTrue(bfd?.[0]);
}

function passwordSecretOf({ elsewhere }: Environment): Fields | undefined {
  const { name, key } = fields(elsewhere.get('bgp_peerpass')?.secretKeyRef);
  return typeof name === 'string' ? { name, key } : undefined;
}

/** `ADDRESS:AS:PASSWORD:MULTIHOP:PORT:MPBGP:BFD`, of which all from the third on may be missing. */
function routerFrom(text: string): Router | undefined {
  // Before 1.1, what concerns the other family was behind a slash.
  const [whole, older] = text.split(/\/(?=mpbgp_)/) as [string, string?];
  const unnumbered = whole.startsWith('unnumbered:');
  const [, bracketed, rest = whole] = /^\[([^\]]*)\](.*)$/.exec(whole) ?? [];
  const parts = (unnumbered ? whole.slice('unnumbered:'.length) : rest).split(':');
  const [at = '', as = '', password = '', multihop, port = '', families = '', bfd = ''] = parts;
  if (unnumbered ? at === '' : !/^\d+$/.test(as)) return undefined;
  return {
    ...(unnumbered ? { nic: at } : { address: bracketed ?? at }),
    as,
    password,
    multihop: isTrue(multihop),
    port,
    bothFamilies: families !== '' || older !== undefined,
    ...(bfd === '' ? {} : { bfd: bfd.split(';') }),
  };
}

function specOf(router: Router, values: ReadonlyMap<string, string>): Fields {
  const { address, nic, as = '', password, passwordSecret, multihop, port = '', bfd } = router;
  const isKnown = as !== '' && as !== '0';
  const text = (name: string) => values.get(name) || undefined;
  const timers = defined({ holdTime: text('bgp_hold_time'), keepaliveInterval: text('bgp_keepalive_interval') });
  const bothFamilies = router.bothFamilies || text('mpbgp_nexthop') !== undefined;
  return defined({
    conf: defined({
      neighborAddress: address,
      neighborInterface: nic,
      peerAs: isKnown ? Number(as) : undefined,
      asType: !isKnown && nic !== undefined ? 'external' : undefined,
      authPassword: password || undefined,
      passwordSecret: passwordSecret && defined(passwordSecret),
    }),
    sourceAddress: text('bgp_sourceip'),
    transport: port === '' || port === '0' || port === '179' ? undefined : { remotePort: Number(port) },
    timers: Object.keys(timers).length === 0 ? undefined : { config: timers },
    ebgpMultihop: multihop ? { enabled: true, multihopTtl } : undefined,
    bfd: bfd !== undefined && wantsBfd(router) && !multihop ? bfdOf(bfd) : undefined,
    afiSafis: bothFamilies ? ['AFI_IP', 'AFI_IP6'].map(unicast) : undefined,
  });
}

function bfdOf([, receive = '', transmit = '', multiplier = '']: readonly string[]): Fields {
  return defined({
    receiveInterval: receive === '' ? undefined : `${receive}ms`,
    transmitInterval: transmit === '' ? undefined : `${transmit}ms`,
    detectMultiplier: multiplier === '' ? undefined : Number(multiplier),
  });
}

function unicast(afi: string): Fields {
  return { config: { family: { afi, safi: 'SAFI_UNICAST' }, enabled: true } };
}

/** What a BgpConf and BgpPeers do not say the same way. */
function otherRemarks(document: Document, env: Environment): readonly Remark[] {
  const { values, elsewhere } = env;
  const isSet = (name: string) => (values.get(name) ?? '') !== '';
  const remarks = withoutCounterpart
    .filter(([name]) => (name === 'zebra_enable' ? isTrue(values.get(name)) : isSet(name)))
    .map(([name, message]) => remark(document, `env ${name}`, message));
  const isRead = (name: string) => name === 'bgp_peerpass' && passwordSecretOf(env) !== undefined;
  const unread = [...elsewhere.keys()].filter((name) => carriedOver.includes(name) && !isRead(name));
  const message =
    'its value comes from elsewhere (valueFrom) and was not read: write it into the BgpConf or the BgpPeers';
  return [...remarks, ...unread.map((name) => remark(document, `env ${name}`, message))];
}

const carriedOver = [
  'bgp_as',
  'bgp_peers',
  'bgp_peeraddress',
  'bgp_peeras',
  'bgp_peerpass',
  'bgp_multihop',
  'bgp_sourceip',
  'bgp_hold_time',
  'bgp_keepalive_interval',
  'mpbgp_nexthop',
];

const withoutCounterpart = [
  ['bgp_routerid', 'nodes of one AS need identifiers of their own: each has its first IPv4 address'],
  ['bgp_sourceif', 'there is no counterpart: a session has the source that the route to the router gives'],
  ['mpbgp_ipv4', 'there is no counterpart: the next hop is an address of the node'],
  ['mpbgp_ipv6', 'there is no counterpart: the next hop is an address of the node'],
  ['zebra_enable', 'there is no counterpart: routes are told by BGP alone'],
] as const;

function defined(object: Fields): Fields {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
