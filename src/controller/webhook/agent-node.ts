/**
 * The node that a request of an agent comes from. The API server tells of a bound token the Pod, and from 1.30 on its node; before, the Pod
 * is looked up. What the agent says of itself proves nothing: field managers and objects are its own to choose.
 */
import { ApiError } from '../../platform/kubernetes/api-error.js';
import { pods } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import { pathOf } from '../../platform/kubernetes/resource.js';

/** `userInfo.extra` of a request: what the API server knows of the token. */
export type Extra = Readonly<Record<string, readonly string[] | undefined>>;

export type AgentNode =
  | { readonly known: true; readonly node: string }
  | { readonly known: false; readonly why: string; readonly code: 403 | 429 | 503 }
  /** Nobody can tell, and the agent is not to blame: this controller may not read Pods. */
  | { readonly known: false; readonly excused: true };

export interface AgentNodes {
  of(extra: Extra): AgentNode | Promise<AgentNode>;
}

const prefix = 'authentication.kubernetes.io/';

/** Pods that are remembered, each a few hundred bytes; a Pod never changes its node. */
const mostKnown = 2_000;
/** Pods that are looked up at the same time. */
const mostLookups = 32;
/** Of one look-up, in milliseconds: the API server waits three seconds for a review, if nobody has set it otherwise. */
const lookupMs = 2_000;
/** How long Pods that could not be read, for want of the right, are left alone, in milliseconds. */
const unreadableMs = 10_000;

interface Pod {
  readonly metadata: { readonly uid?: string };
  readonly spec?: { readonly nodeName?: string };
}

/** @param o.namespace that of the agents */
export function createAgentNodes(o: {
  readonly client: Pick<ApiClient, 'request'>;
  readonly namespace: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}): AgentNodes {
  const known = new Map<string, string>();
  const lookups = new Map<string, Promise<AgentNode>>();
  /** Until when nobody tries again, where Pods cannot be read. */
  let unreadableUntil = Number.NEGATIVE_INFINITY;

  async function lookUp(name: string, uid: string): Promise<AgentNode> {
    try {
      const path = pathOf(pods, { namespace: o.namespace, name });
      const pod = await o.client.request<Pod>({ method: 'GET', path, timeoutMs: lookupMs });
      const node = pod?.spec?.nodeName;
      if (pod?.metadata.uid !== uid || !node) return refused('the Pod of its token is gone');
      remember(known, uid, node);
      return { known: true, node };
    } catch (error) {
      const code = error instanceof ApiError ? error.status : undefined;
      if (code === 404) return refused('the Pod of its token is gone');
      if (code !== 403) return { known: false, code: 503, why: `${again} (${(error as Error).message.slice(0, 256)})` };
      if (unreadableUntil === Number.NEGATIVE_INFINITY)
        o.log.warn('agents are not kept to their own entries: allow this controller to get Pods in its namespace', {
          error,
        });
      unreadableUntil = o.clock.now() + unreadableMs;
      return excused;
    }
  }

  return {
    of(extra) {
      const [node, name, uid] = ['node-name', 'pod-name', 'pod-uid'].map((field) => only(extra[`${prefix}${field}`]));
      if (node !== undefined) return { known: true, node };
      if (name === undefined || uid === undefined) return refused(unbound);
      const found = known.get(uid);
      if (found !== undefined) return { known: true, node: found };
      if (o.clock.now() < unreadableUntil) return excused;
      const running = lookups.get(uid);
      if (running !== undefined) return running;
      if (lookups.size >= mostLookups) return { known: false, code: 429, why: again };
      const lookup = lookUp(name, uid).finally(() => lookups.delete(uid));
      lookups.set(uid, lookup);
      return lookup;
    },
  };
}

const excused: AgentNode = { known: false, excused: true };
const unbound =
  "an agent's token must be bound to its Pod, so that its node is known: let it use the token that its Pod has";
const again = 'the Pod of its token could not be looked up: try again';

function refused(why: string): AgentNode {
  return { known: false, code: 403, why };
}

function only(values: readonly string[] | undefined): string | undefined {
  const value = Array.isArray(values) && values.length === 1 ? values[0] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function remember(known: Map<string, string>, uid: string, node: string): void {
  known.set(uid, node);
  if (known.size > mostKnown) known.delete(known.keys().next().value!);
}
