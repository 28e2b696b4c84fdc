/** Answers the leading controller, which asks whether this agent lives: see `api/asking`. */
import {
  answerText,
  formatAnswer,
  leaseKey,
  questionText,
  readQuestion,
  type SignedQuestion,
  unheardMs,
} from '../../api/asking.js';
import type { Metadata } from '../../api/metadata.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import type { Answer } from '../../platform/observability/health.js';
import { createSigner, isSignedBy, type Signer } from '../../platform/signatures/ed25519.js';

/** The Lease by which controllers lead. */
const leaseName = 'openelb-controller';
/** The API server is asked who leads this often at the most, however many strangers ask here; in milliseconds. */
const lookEveryMs = 5_000;
/** So many answers are remembered until it is known that they were heard: questions do not wait for each other. */
const mostAnswered = 4;

export interface Asked {
  /** By which it signs; for its Lease. */
  readonly key: string;
  /** Never rejects. @param url of the request */
  answer(url: string): Promise<Answer>;
  /** Whether it is known that the leading controller hears this agent. */
  isHeard(): boolean;
}

export interface AskedOptions {
  readonly client: Pick<ApiClient, 'get'>;
  readonly namespace: string;
  /** Whether the engine moves, and what is known of it is what is shown. */
  readonly lives: () => boolean;
  readonly clock?: Clock;
}

interface State extends Required<AskedOptions> {
  readonly signer: Signer;
  /** The key of the controller that leads, as its Lease says. */
  asker: string | undefined;
  lookedAt: number;
  looking: Promise<void> | undefined;
  /** Of the last question that was answered. */
  count: number;
  answered: readonly { readonly count: number; readonly at: number }[];
  /** When the last answer was given of which it is known that it was heard. */
  heardAt: number;
}

export function createAsked(o: AskedOptions): Asked {
  const s: State = {
    clock: systemClock,
    ...o,
    signer: createSigner(),
    asker: undefined,
    lookedAt: Number.NEGATIVE_INFINITY,
    looking: undefined,
    count: 0,
    answered: [],
    heardAt: Number.NEGATIVE_INFINITY,
  };
  return {
    key: s.signer.publicKey,
    answer: async (url) => {
      const asked = readQuestion(url);
      if (asked === undefined) return refused(400, 'no question of a controller');
      if (asked.question.asker !== s.asker) await look(s);
      return answer(s, asked);
    },
    isHeard: () => s.clock.now() - s.heardAt < unheardMs,
  };
}

function answer(s: State, { question, signature }: SignedQuestion): Answer {
  const { signer, clock } = s;
  if (question.asker !== s.asker) return refused(403, 'only the controller that leads is answered');
  if (!isSignedBy(question.asker, questionText(question, signer.publicKey), signature))
    return refused(403, 'not signed by the controller that leads, or to another agent');
  if (question.count <= s.count) return refused(409, 'answered already');
  s.count = question.count;
  const heard = s.answered.find(({ count }) => count === question.heard);
  if (heard !== undefined) s.heardAt = Math.max(s.heardAt, heard.at);
  if (!s.lives()) return refused(503, 'out of touch with the API server, or the engine does not move');
  s.answered = [...s.answered, { count: question.count, at: clock.now() }].slice(-mostAnswered);
  const atMs = Math.floor(clock.wall());
  const text = answerText(question, signer.publicKey, atMs);
  return { status: 200, body: formatAnswer({ atMs, signature: signer.sign(text) }) };
}

/** Reads who leads. What cannot be read stays as it was. */
function look(s: State): Promise<void> {
  const now = s.clock.now();
  if (s.looking !== undefined || now - s.lookedAt < lookEveryMs) return s.looking ?? Promise.resolve();
  s.lookedAt = now;
  s.looking = s.client
    .get<Lease>(leases, `${s.namespace}/${leaseName}`)
    .then(
      (lease) => follow(s, lease && keyOf(lease)),
      () => {},
    )
    .finally(() => {
      s.looking = undefined;
    });
  return s.looking;
}

function keyOf(lease: Lease): string | undefined {
  if (!readLease(lease).spec?.holderIdentity) return undefined;
  const { annotations } = lease.metadata as Metadata;
  const key: unknown = annotations?.[leaseKey];
  return typeof key === 'string' ? key : undefined;
}

function follow(s: State, asker: string | undefined): void {
  // One that gives its Lease back may not be followed again by what it said before.
  if (asker === undefined || asker === s.asker) return;
  s.asker = asker;
  s.count = 0;
  s.answered = [];
}

function refused(status: number, why: string): Answer {
  return { status, body: `${why}\n` };
}
