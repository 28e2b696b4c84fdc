/**
 * How the leading controller asks agents whether they live, so that they need not write that down each few seconds: by HTTP, at the
 * port of their metrics. Question and answer are signed (Ed25519, RFC 8032) by keys that stand in Leases, which nobody else may write:
 * what somebody else answers shows no life, and what somebody else asks keeps no agent from writing.
 */

/** Annotation on the Leases of agents and of controllers: the public key by which it signs, 32 octets in base64url. */
export const leaseKey = 'openelb.io/key';

/** Annotation on an agent's Lease: the TCP port at which it is asked; without it, it is not. */
export const leaseAskedAt = 'openelb.io/asked-at';

/** Each agent is asked this often, in milliseconds. */
export const askEveryMs = 3_000;

/**
 * An agent that does not know for this long that it was heard, in milliseconds, says by its Lease that it lives. It knows of an answer by
 * the question that follows: two rounds and some lateness, and its Lease is there before anybody gives it up.
 */
export const unheardMs = 7_000;

/** One that is heard renews its Lease this often all the same, in milliseconds: who cannot ask sees how old it is at most. */
export const heardRenewMs = 120_000;

export const alivePath = '/alive';

export interface Question {
  /** The public key of who asks. */
  readonly asker: string;
  /** Grows from question to question, and is never used twice. */
  readonly count: number;
  /** The count of the last question to which it has heard the answer, and said so to others; 0: of none. */
  readonly heard: number;
}

export interface SignedQuestion {
  readonly question: Question;
  readonly signature: string;
}

/** @param agent the public key of who is asked: a process, which no question to an earlier one is for */
export function questionText({ asker, count, heard }: Question, agent: string): string {
  return `openelb-vip question ${asker} ${agent} ${count} ${heard}`;
}

/** An agent's answer. @param atMs its wall clock: milliseconds since 1970 */
export interface SignedAnswer {
  readonly atMs: number;
  readonly signature: string;
}

export function answerText({ asker, count }: Question, agent: string, atMs: number): string {
  return `openelb-vip answer ${asker} ${agent} ${count} ${atMs}`;
}

/** The body of a response. */
export function formatAnswer({ atMs, signature }: SignedAnswer): string {
  return `${atMs} ${signature}`;
}

/** Of a body, in characters. */
export const longestAnswer = 102;

/** @returns undefined for what is no answer */
export function readAnswer(body: string): SignedAnswer | undefined {
  const [, atMs, signature] = /^(\d{1,15}) ([\w-]{86})$/.exec(body) ?? [];
  return signature === undefined ? undefined : { atMs: Number(atMs), signature };
}

/** The path and query of a request. */
export function formatQuestion({ question: { asker, count, heard }, signature }: SignedQuestion): string {
  return `${alivePath}?asker=${asker}&count=${count}&heard=${heard}&signature=${signature}`;
}

const questionPattern = /^\/alive\?asker=([\w-]{43})&count=(\d{1,15})&heard=(\d{1,15})&signature=([\w-]{86})$/;

/** @param url of a request; undefined for what is no question */
export function readQuestion(url: string): SignedQuestion | undefined {
  const [, asker, count, heard, signature] = questionPattern.exec(url) ?? [];
  if (asker === undefined || signature === undefined) return undefined;
  return { question: { asker, count: Number(count), heard: Number(heard) }, signature };
}
