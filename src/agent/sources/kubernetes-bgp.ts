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
import { type Cache, type CacheOptions, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import type { Logger } from '../../platform/observability/log.js';
import { type BgpSink, type BgpSource, secretsNeeded } from './bgp-source.js';
import { readNamedSecrets } from './named-secrets.js';
import { type NodeObject, nodeShape, viewOf } from './node-view.js';

export const bgpConfs: Resource = { group, version, plural: 'bgpconfs', kind: 'BgpConf', namespaced: false };
export const bgpPeers: Resource = { group, version, plural: 'bgppeers', kind: 'BgpPeer', namespaced: false };

type HeldNode = NodeObject & KubernetesObject;

/**
 * Starts watching. `onObjects` is called once all that is needed was listed, then after each change, several at once where they come
 * together. `synced` resolves with the first call.
 */
export function watchKubernetesBgp(o: {
  readonly client: ApiClient;
  readonly node: string;
  /** Where the Secrets are. */
  readonly namespace: string;
  readonly onObjects: BgpSink;
  readonly log: Logger;
  readonly clock?: Clock;
}): BgpSource & { readonly synced: Promise<void> } {
  const { client, log } = o;
  const clock = o.clock ?? systemClock;
  const refused = new Map<string, string>();
  const secrets = readNamedSecrets({ client, namespace: o.namespace, onChange: flushSoon, clock });
  let nodeCache: Cache<HeldNode> | undefined;
  let nodeText: string | undefined;
  let pending = false;
  let stopped = false;
  let resolveSynced: () => void = () => {};
  const synced = new Promise<void>((resolve) => {
    resolveSynced = resolve;
  });

  const watch = <T extends KubernetesObject>(resource: Resource, options: Omit<CacheOptions<T>, 'log' | 'clock'>) =>
    startCache<T>(client, resource, { ...options, log, clock });
  const judged =
    (kind: string) =>
    ({ name }: { readonly name: string }, problem: string | undefined) => {
      const what = `${kind} ${name}`;
      if (refused.get(what) === problem) return;
      if (problem === undefined) refused.delete(what);
      else {
        refused.set(what, problem);
        log.error('BGP object refused', { kind, name, problem, meanwhile: meanwhile(kind) });
      }
      if (kind === 'BgpConf') flushSoon();
    };

  const confs = watch<BgpConf>(bgpConfs, {
    fieldSelector: `metadata.name=${bgpConfName}`,
    admit: admitting(validateBgpConf, (status) => conform<BgpConfStatus>(bgpConfStatus, status).value),
    onProblem: judged('BgpConf'),
    onChange: (_, now, before) => changed(now, before),
  });
  const peers = watch<BgpPeer>(bgpPeers, {
    admit: admitting(validateBgpPeer, (status) => conform<BgpPeerStatus>(bgpPeerStatus, status).value),
    onProblem: judged('BgpPeer'),
    onChange: (_, now, before) => changed(now, before),
  });
  for (const cache of [confs, peers]) cache.synced.then(flushSoon, () => {});

  /** Statuses change far more often, and are nobody's to follow. */
  function changed(now: BgpConf | BgpPeer | undefined, before: BgpConf | BgpPeer | undefined): void {
    if (now === undefined || before === undefined || JSON.stringify(now.spec) !== JSON.stringify(before.spec))
      flushSoon();
  }

  function flushSoon(): void {
    if (pending || stopped || !confs.isSynced() || !peers.isSynced()) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      if (!stopped) flush();
    });
  }

  function flush(): void {
    const found = [...peers.list()];
    if (found.length > 0) watchNode();
    secrets.need(secretsNeeded(found));
    if (found.length > 0 && !nodeCache!.isSynced()) return;
    const node = nodeCache?.get(o.node);
    const confProblem = refused.get(`BgpConf ${bgpConfName}`);
    o.onObjects({
      conf: confs.get(bgpConfName),
      ...(confProblem === undefined ? {} : { confProblem }),
      peers: new Map(found.map((peer) => [peer.metadata.name, peer])),
      node: node === undefined ? { name: o.node, labels: {}, internalIps: [] } : viewOf(node),
      secret: secrets.view,
      doubtSecret: secrets.doubt,
      secretsIn: `namespace ${o.namespace}`,
    });
    resolveSynced();
  }

  function watchNode(): void {
    if (nodeCache !== undefined) return;
    nodeCache = watch<HeldNode>(nodes, {
      fieldSelector: `metadata.name=${o.node}`,
      admit: admitNode,
      onProblem: judged('Node'),
      onChange: (_, now) => {
        // Kubelets write it every few seconds.
        const text = JSON.stringify(now && viewOf(now));
        if (text !== nodeText) flushSoon();
        nodeText = text;
      },
    });
    nodeCache.synced.then(flushSoon, () => {});
  }

  return {
    synced,
    latestPeer: (name) => peers.get(name),
    latestConf: () => confs.get(bgpConfName),
    async stop() {
      stopped = true;
      secrets.stop();
      const caches = [confs, peers, ...(nodeCache === undefined ? [] : [nodeCache])];
      await Promise.all(caches.map((cache) => cache.stop()));
    },
    problem: () =>
      outOfTouch('BgpConfs', confs.health()) ??
      outOfTouch('BgpPeers', peers.health()) ??
      (nodeCache && outOfTouch(`Node ${o.node}`, nodeCache.health())),
    refused: () =>
      [...refused].map(([what, problem]) => `${what} is refused, ${meanwhile(what.split(' ', 1)[0]!)}: ${problem}`),
  };
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
