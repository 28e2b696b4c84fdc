/** The status of BgpConfs and BgpPeers as far as it is the controller's, the Events that go with it, and OpenELB's finalizers. */
import type { BgpConf } from '../../api/bgp-conf.js';
import { bgpConfWarnings } from '../../api/bgp-conf-rules.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { bgpPeerWarnings } from '../../api/bgp-peer-rules.js';
import type { Problem } from '../../api/problem.js';
import { hasStatus, isAbsent } from '../../platform/kubernetes/api-error.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { type Context, fieldManager } from '../context/context.js';
import { conditionType, followingOf } from '../context/following.js';
import { createWarnings, type Warning } from '../events/warnings.js';
import { bgpReference } from '../objects/references.js';
import { bgpConfs, bgpPeers } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import { sessionNodes } from '../routers/session-nodes.js';
import { adoptBgpObject } from './adopt.js';
import { agedPeer, goneNodes } from './aged-peer.js';
import { confConfigured } from './conf-configured.js';
import { configured, type Verdict } from './peer-configured.js';
import { establishedText, establishedVerdict, sessionsOf } from './peer-established.js';
import { newTold, sessionNews, type Told } from './session-news.js';

type Condition = NonNullable<NonNullable<BgpPeer['status']>['conditions']>[number];

export interface BgpReconciler {
  /** @param key `plural/name` */
  reconcile(key: string): Promise<Again | undefined>;
}

export function createBgpReconciler(c: Context): BgpReconciler {
  const warnings = createWarnings(c.recorder);
  const told: Told = newTold();
  return {
    reconcile: async (key) => {
      const [plural, name = ''] = key.split('/');
      const resource = plural === bgpConfs.plural ? bgpConfs : bgpPeers;
      const object = resource === bgpConfs ? c.world.bgpConf(name) : c.world.bgpPeer(name);
      if (object === undefined) {
        warnings.forget(key);
        told.delete(name);
        return undefined;
      }
      const reference = bgpReference(resource, object);
      const problems = resource === bgpConfs ? bgpConfWarnings(object as BgpConf) : bgpPeerWarnings(object as BgpPeer);
      warnings.tell(key, reference, problems.map(warningOf));
      try {
        await adoptBgpObject(c, resource, object);
        const patch = resource === bgpConfs ? confPatch(c, object as BgpConf) : peerPatch(c, object as BgpPeer);
        if (resource === bgpPeers) {
          for (const { type, reason, message } of sessionNews(told, object as BgpPeer, c.agents.silence))
            c.recorder.event(reference, type, reason, message);
        }
        if (patch === undefined) return undefined;
        const { uid, resourceVersion } = object.metadata;
        // What agents have written is corrected only where it is still what was looked at.
        const version = 'nodes' in patch ? { resourceVersion } : {};
        const guard = { uid, ...version, subresource: 'status', fieldManager };
        await c.client.mergePatch(resource, name, { status: patch }, guard);
        return undefined;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        // The watch brings what has changed, and with it another look; nobody waits for this.
        if (hasStatus(error, 409)) return overtaken;
        // So wrong that the server takes no status of it (1.29 and older): the Event has to do.
        if (hasStatus(error, 422) && (object.wrong ?? []).length > 0) return undefined;
        throw error;
      }
    },
  };
}

function warningOf({ path, message }: Problem): Warning {
  return {
    reason: path === 'spec.conf.authPassword' ? 'PasswordInClearText' : 'WithoutEffect',
    message: `${path}: ${message}`,
  };
}

function peerPatch(c: Context, peer: BgpPeer): object | undefined {
  const nodes = [...c.world.nodes()];
  const chosen = sessionNodes(peer, nodes);
  const verdict = configured(peer, chosen, { routing: c.world.routing(), nodes });
  const sessions = sessionsOf(peer, verdict.status === 'True' ? chosen : [], c.agents.silence);
  const conditions = {
    ...followed(c, bgpPeers, peer),
    Configured: verdict,
    Established: establishedVerdict(peer, sessions, verdict, c.agents.silence),
  };
  const aged = agedPeer(peer, c.agents.silence, (node) => c.world.node(node) !== undefined);
  const established = establishedText(sessions);
  const now = timed(c, peer, conditions);
  if (aged === undefined && now === undefined && peer.status?.established === established) return undefined;
  return { ...aged, established, ...(now === undefined ? {} : { conditions: now }) };
}

function confPatch(c: Context, conf: BgpConf): object | undefined {
  const now = timed(c, conf, { ...followed(c, bgpConfs, conf), Configured: confConfigured(conf) });
  const gone = goneNodes(conf, c.agents.silence, (node) => c.world.node(node) !== undefined);
  if (now === undefined && gone.length === 0) return undefined;
  return {
    ...(now === undefined ? {} : { conditions: now }),
    ...(gone.length === 0 ? {} : { nodesConfStatus: Object.fromEntries(gone.map((node) => [node, null])) }),
  };
}

/** Of one that is made from another load balancer's object. */
function followed(
  { following }: Context,
  { plural }: Resource,
  { metadata, status }: BgpConf | BgpPeer,
): Record<string, Verdict> {
  const own = followingOf(following, `${plural}/${metadata.name}`, status?.conditions);
  return own === undefined ? {} : { [conditionType]: own };
}

/** The conditions as they are to be, where they are not so already. */
function timed(
  { clock }: Pick<Context, 'clock'>,
  { metadata, status }: BgpConf | BgpPeer,
  verdicts: Readonly<Record<string, Verdict>>,
): readonly Condition[] | undefined {
  const before = status?.conditions ?? [];
  const now = `${new Date(clock.wall()).toISOString().slice(0, 19)}Z`;
  const { generation } = metadata;
  const conditions = Object.entries(verdicts).map(([type, verdict]): Condition => {
    const former = before.find((each) => each.type === type);
    const since = former?.status === verdict.status ? former.lastTransitionTime : undefined;
    return {
      type,
      ...verdict,
      lastTransitionTime: since ?? now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
  return sameJson(before, conditions) ? undefined : conditions;
}
