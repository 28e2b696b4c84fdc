/**
 * Who somebody is, and what they may see: the API server is asked, by TokenReview and SubjectAccessReview. What it said counts for some
 * seconds. Tokens are not kept, only their digests; how much is asked is bounded, since anybody who reaches the port can ask.
 */
import { createHash } from 'node:crypto';
import { conform } from '../../api/conform.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import { createTokenBucket } from '../../platform/kubernetes/token-bucket.js';
import type { Kind, Refusal, Rights, Session } from './contract.js';
import { kinds, seesAnything } from './rights.js';

export type Verdict = { readonly allowed: true; readonly session: Session } | ({ readonly allowed: false } & Refusal);

export interface Access {
  of(token: string): Promise<Verdict>;
}

/** How long what the API server said counts, in milliseconds: a right that is taken away is gone after that. */
export const verdictLastsMs = 10_000;

/** Verdicts that are remembered. */
const mostKnown = 256;
/** Tokens that are asked about: a second, at once, and at the same time. */
const rate = { perSecond: 10, burst: 40 };
const mostAsking = 16;
/** Of one question, in milliseconds. */
const askMs = 5_000;

interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const reviewShape = {
  type: 'object',
  properties: {
    authenticated: { type: 'boolean' },
    error: text,
    user: {
      type: 'object',
      required: ['username'],
      properties: {
        username: text,
        uid: text,
        groups: texts,
        extra: { type: 'object', additionalProperties: texts },
      },
    },
  },
} as const;

export function createAccess(client: Pick<ApiClient, 'request'>, clock: Pick<Clock, 'now'>): Access {
  const known = new Map<string, { readonly verdict: Promise<Verdict>; readonly at: number }>();
  const bucket = createTokenBucket(rate);
  let asking = 0;

  const remember = (digest: string, verdict: Promise<Verdict>) => {
    known.delete(digest);
    known.set(digest, { verdict, at: clock.now() });
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  };

  return {
    of: (token) => {
      const digest = createHash('sha256').update(token).digest('base64');
      const before = known.get(digest);
      if (before !== undefined && clock.now() - before.at < verdictLastsMs) return before.verdict;
      if (asking >= mostAsking || !bucket.tryTake(clock.now())) return Promise.resolve(busy);
      asking += 1;
      const verdict = ask(client, token)
        .catch((error: Error) => unavailable(error))
        .finally(() => {
          asking -= 1;
        });
      remember(digest, verdict);
      // What the API server could not say is asked again.
      void verdict.then((said) => {
        if (!said.allowed && said.kind === 'unavailable') known.delete(digest);
      });
      return verdict;
    },
  };
}

async function ask(client: Pick<ApiClient, 'request'>, token: string): Promise<Verdict> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
  const answer = await post(client, '/apis/authentication.k8s.io/v1/tokenreviews', review);
  const status = conform<{ authenticated?: boolean; user?: User }>(reviewShape, answer).value;
  if (status?.authenticated !== true || status.user === undefined) return badToken;
  const { user } = status;
  const allowed = await Promise.all(
    Object.entries(kinds).map(async ([resource, { group }]) => [
      resource,
      await mayList(client, user, group, resource),
    ]),
  );
  const rights = Object.fromEntries(allowed) as Record<Kind, boolean>;
  return seesAnything(rights) ? { allowed: true, session: { user: user.username, rights } } : forbidden(user, rights);
}

async function mayList(
  client: Pick<ApiClient, 'request'>,
  { username, uid, groups, extra }: User,
  group: string,
  resource: string,
): Promise<boolean> {
  const spec = { user: username, uid, groups, extra, resourceAttributes: { verb: 'list', group, resource } };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const answer = await post(client, '/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
  return (answer as { allowed?: unknown } | undefined)?.allowed === true;
}

/** @returns the status of the answer */
async function post(client: Pick<ApiClient, 'request'>, path: string, body: object): Promise<unknown> {
  const answer = await client.request<{ status?: unknown }>({ method: 'POST', path, body, timeoutMs: askMs });
  return answer?.status;
}

export const badToken: Verdict = {
  allowed: false,
  kind: 'bad-token',
  problem: 'The API server does not accept this token. It may have expired, or be of another cluster.',
  remedy: 'Make a new one: kubectl --namespace openelb-system create token openelb-viewer',
};

const busy: Verdict = {
  allowed: false,
  kind: 'busy',
  problem: 'Too many tokens are being looked at.',
  remedy: 'Try again in some seconds.',
};

function forbidden({ username }: User, rights: Rights): Verdict {
  const missing = Object.entries(rights).flatMap(([kind, allowed]) => (allowed ? [] : [kind]));
  return {
    allowed: false,
    kind: 'forbidden',
    problem: `${username} may list none of: ${missing.join(', ')}.`,
    remedy:
      'Have an administrator bind the ClusterRole openelb-viewer to that user, or use a token of the account openelb-viewer.',
  };
}

/** The API server, or its answer, is at fault; what it said of the token itself is not repeated. */
function unavailable({ message }: Error): Verdict {
  return {
    allowed: false,
    kind: 'unavailable',
    problem: `The API server could not be asked what you may see: ${message}.`,
    remedy:
      'Try again when it answers. If it says that the controller may not ask, install the chart with controller.web.enabled=true.',
  };
}
