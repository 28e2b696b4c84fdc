/**
 * BgpConf and BgpPeers from the API server, and what they make necessary: this node's Node and the Secrets that are named, which are
 * looked at only then. What is wrong with an object is said; what it was before goes on.
 */
import { group, version } from '../../api/annotations.js';
import { type BgpConf, type BgpConfStatus, bgpConfName, bgpConfStatus } from '../../api/bgp-conf.js';
import type { BgpPeer, BgpPeerStatus } from '../../api/bgp-peer.js';
import { bgpPeerStatus } from '../../api/bgp-peer-status.js';
import { conform } from '../../api/conform.js';
import type { Metadata } from '../../api/metadata.js';
import { problemsText } from '../../api/problem.js';
import { type Validation, validateBgpConf, validateBgpPeer } from '../../api/validate.js';
import type { Admission, Admit } from '../../platform/kubernetes/admission.js';
import { nodes } from '../../platform/kubernetes/builtin-resources.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import type { Logger } from '../../platform/observability/log.js';
import { type BgpSink, type BgpSource, secretsNeeded } from './bgp-source.js';
import { type NamedSecrets, readNamedSecrets } from './named-secrets.js';
import { type NodeObject, nodeShape, viewOf } from './node-view.js';

export const bgpConfs: Resource = { group, version, plural: 'bgpconfs', kind: 'BgpConf', namespaced: false };
export const bgpPeers: Resource = { group, version, plural: 'bgppeers', kind: 'BgpPeer', namespaced: false };

type HeldNode = NodeObject & KubernetesObject;

export interface KubernetesBgpOptions {
  readonly client: ApiClient;
  readonly node: string;
  /** Where the Secrets are. */
  readonly namespace: string;
  readonly onObjects: BgpSink;
  readonly log: Logger;
  readonly clock?: Clock;
}

interface Watching extends Required<KubernetesBgpOptions> {
  readonly confs: Cache<BgpConf>;
  readonly peers: Cache<BgpPeer>;
  readonly secrets: NamedSecrets;
  /** What is wrong with which object. */
  readonly refused: Map<string, string>;
  /** This node's Node, once there is a BgpPeer that may need it. */
  nodeCache: Cache<HeldNode> | undefined;
  /** What was seen of it, as JSON. */
  nodeText: string | undefined;
  /** What has changed is told in a microtask that is to come. */
  pending: boolean;
  stopped: boolean;
  /** Called with the first word. */
  readonly told: () => void;
}

/**
 * Starts watching. `onObjects` is called once all that is needed was listed, then after each change, several at once where they come
 * together. `synced` resolves with the first call.
 */
export function watchKubernetesBgp(o: KubernetesBgpOptions): BgpSource & { readonly synced: Promise<void> } {
  const { client, log, clock = systemClock } = o;
  let told: () => void = () => {};
  const synced = new Promise<void>((resolve) => {
    told = resolve;
  });
  const w: Watching = {
    ...o,
    clock,
    confs: startCache<BgpConf>(client, bgpConfs, {
      log,
      clock,
      fieldSelector: `metadata.name=${bgpConfName}`,
      admit: admitting(validateBgpConf, (status) => conform<BgpConfStatus>(bgpConfStatus, status).value),
      onProblem: ({ name }, problem) => judged(w, { kind: 'BgpConf', name, problem }),
      onChange: (_, now, before) => changed(w, now, before),
    }),
    peers: startCache<BgpPeer>(client, bgpPeers, {
      log,
      clock,
      admit: admitting(validateBgpPeer, (status) => conform<BgpPeerStatus>(bgpPeerStatus, status).value),
      onProblem: ({ name }, problem) => judged(w, { kind: 'BgpPeer', name, problem }),
      onChange: (_, now, before) => changed(w, now, before),
    }),
    secrets: readNamedSecrets({ client, namespace: o.namespace, onChange: () => tellSoon(w), clock }),
    refused: new Map(),
    nodeCache: undefined,
    nodeText: undefined,
    pending: false,
    stopped: false,
    told,
  };
  for (const cache of [w.confs, w.peers])
    cache.synced.then(
      () => tellSoon(w),
      () => {},
    );
  return {
    synced,
    latestPeer: (name) => w.peers.get(name),
    latestConf: () => w.confs.get(bgpConfName),
    stop: () => stop(w),
    problem: () =>
      outOfTouch('BgpConfs', w.confs.health()) ??
      outOfTouch('BgpPeers', w.peers.health()) ??
      (w.nodeCache && outOfTouch(`Node ${w.node}`, w.nodeCache.health())),
    refused: () =>
      [...w.refused].map(([what, problem]) => `${what} is refused, ${meanwhile(what.split(' ', 1)[0]!)}: ${problem}`),
  };
}

async function stop(w: Watching): Promise<void> {
  w.stopped = true;
  w.secrets.stop();
  const caches = [w.confs, w.peers, ...(w.nodeCache === undefined ? [] : [w.nodeCache])];
  await Promise.all(caches.map((cache) => cache.stop()));
}

function judged(
  w: Watching,
  { kind, name, problem }: { readonly kind: string; readonly name: string; readonly problem: string | undefined },
): void {
  const what = `${kind} ${name}`;
  if (w.refused.get(what) === problem) return;
  if (problem === undefined) w.refused.delete(what);
  else {
    w.refused.set(what, problem);
    w.log.error('BGP object refused', { kind, name, problem, meanwhile: meanwhile(kind) });
  }
  if (kind === 'BgpConf') tellSoon(w);
}

/** Statuses change far more often, and are nobody's to follow. */
function changed(w: Watching, now: BgpConf | BgpPeer | undefined, before: BgpConf | BgpPeer | undefined): void {
  if (now === undefined || before === undefined || JSON.stringify(now.spec) !== JSON.stringify(before.spec))
    tellSoon(w);
}

function tellSoon(w: Watching): void {
  if (w.pending || w.stopped || !w.confs.isSynced() || !w.peers.isSynced()) return;
  w.pending = true;
  queueMicrotask(() => {
    w.pending = false;
    if (!w.stopped) tell(w);
  });
}

function tell(w: Watching): void {
  const found = [...w.peers.list()];
  if (found.length > 0) watchNode(w);
  w.secrets.need(secretsNeeded(found));
  if (found.length > 0 && !w.nodeCache!.isSynced()) return;
  const node = w.nodeCache?.get(w.node);
  const confProblem = w.refused.get(`BgpConf ${bgpConfName}`);
  w.onObjects({
    conf: w.confs.get(bgpConfName),
    ...(confProblem === undefined ? {} : { confProblem }),
    peers: new Map(found.map((peer) => [peer.metadata.name, peer])),
    node: node === undefined ? { name: w.node, labels: {}, internalIps: [] } : viewOf(node),
    secret: w.secrets.view,
    doubtSecret: w.secrets.doubt,
    secretsIn: `namespace ${w.namespace}`,
  });
  w.told();
}

function watchNode(w: Watching): void {
  if (w.nodeCache !== undefined) return;
  w.nodeCache = startCache<HeldNode>(w.client, nodes, {
    log: w.log,
    clock: w.clock,
    fieldSelector: `metadata.name=${w.node}`,
    admit: admitNode,
    onProblem: ({ name }, problem) => judged(w, { kind: 'Node', name, problem }),
    onChange: (_, now) => {
      // Kubelets write it every few seconds.
      const text = JSON.stringify(now && viewOf(now));
      if (text !== w.nodeText) tellSoon(w);
      w.nodeText = text;
    },
  });
  w.nodeCache.synced.then(
    () => tellSoon(w),
    () => {},
  );
}

/** By what the agent goes while an object is wrong. */
function meanwhile(kind: string): string {
  return kind === 'Node'
    ? 'what was known of it before goes on, and of a new one what is right'
    : 'what it said before goes on';
}

/** Takes any JSON. Where a Node has become wrong, what was known of it before goes on. */
function admitNode(object: KubernetesObject, held: HeldNode | undefined): Admission<HeldNode> {
  const { value, problems } = conform<HeldNode>(nodeShape, object);
  const problem = problems.length === 0 ? undefined : problemsText(problems);
  if (value === undefined) return { problem: problem ?? 'it is empty' };
  const same = held !== undefined && held.metadata.uid === value.metadata.uid;
  return problem !== undefined && same ? { problem } : { object: value, problem };
}

type Specified = { readonly metadata: Metadata; readonly spec: object; readonly status?: object };

/** Takes any JSON. A spec that is wrong is not followed; of a status, which others write, too, what has its shape is kept. */
function admitting<T extends Specified>(
  validate: (value: unknown) => Validation<T>,
  statusOf: (status: unknown) => T['status'],
): Admit<T> {
  return (object, held): Admission<T> => {
    const { name, uid, resourceVersion } = object.metadata;
    const { creationTimestamp } = object.metadata as Metadata;
    const metadata = {
      name,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(typeof creationTimestamp === 'string' ? { creationTimestamp } : {}),
    };
    const status = statusOf((object as { status?: unknown }).status);
    const rest = { metadata, ...(status === undefined ? {} : { status }) };
    const checked = validate(object);
    if (checked.ok) return { object: { ...rest, spec: checked.value.spec } as T };
    const problem = problemsText(checked.problems);
    if (held === undefined || held.metadata.uid !== uid) return { problem };
    return { object: { ...rest, spec: held.spec } as T, problem, refused: true };
  };
}
