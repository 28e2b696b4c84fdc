/**
 * Reviews of what agents write: each is kept to the entries of its own node. Every request is answered in band, also one that is too large
 * or comes too often: where a webhook fails, the API server would let it through.
 */
import type { AgentNodes, Extra } from './agent-node.js';
import { type AgentWrite, foreignEntry } from './own-entries.js';
import { type Answer, headOf, type Refusal, type ReviewRequest, readReview, writeReview } from './review.js';

export interface AgentReviews {
  answer(body: string): Answer | Promise<Answer>;
  /** What is said to a request of which only the beginning was read. */
  unread(head: string, why: string): Answer;
}

/** @param o.agent the name of the agents' user, as in `system:serviceaccount:NAMESPACE:NAME` */
export function createAgentReviews(o: { readonly agent: string; readonly nodes: AgentNodes }): AgentReviews {
  async function judged(request: ReviewRequest, of: AgentWrite['of']): Promise<Refusal | undefined> {
    const extra = request.userInfo?.extra;
    const from = await o.nodes.of(isExtra(extra) ? extra : {});
    if (!from.known) return 'excused' in from ? undefined : { code: from.code, message: from.why };
    const message = foreignEntry(from.node, { of, object: request.object, oldObject: request.oldObject });
    return message === undefined ? undefined : { code: 403, message: `${message}, which is ${from.node}` };
  }

  return {
    answer(body) {
      const review = readReview(body);
      if (!review.ok) return { status: 400, text: review.reason };
      const of = review.request.userInfo?.username === o.agent ? kindOf(review.request) : undefined;
      if (of === undefined) return { status: 200, json: writeReview(review, undefined) };
      return judged(review.request, of).then((refusal) => ({ status: 200, json: writeReview(review, refusal) }));
    },
    unread(head, message) {
      const review = headOf(head);
      if (review === undefined) return { status: 400, text: message };
      const others = review.username !== undefined && review.username !== o.agent;
      return { status: 200, json: writeReview(review, others ? undefined : { code: 429, message }) };
    },
  };
}

const withStatus = ['vipgroups', 'bgppeers', 'bgpconfs'] as const;

function kindOf({ operation, resource, subResource }: ReviewRequest): AgentWrite['of'] | undefined {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined;
  const name = resource?.resource;
  if (subResource === 'status') return withStatus.find((each) => each === name);
  return name === 'leases' && (subResource ?? '') === '' ? name : undefined;
}

function isExtra(value: unknown): value is Extra {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
