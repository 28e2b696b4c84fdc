/** Asks agents whether they live, each once in a round, one after the other; and says whom it hears. See `api/asking`. */
import { answerText, askEveryMs, formatQuestion, type Question, questionText, readAnswer } from '../../api/asking.js';
import { isSignedBy, type Signer } from '../../platform/signatures/ed25519.js';
import { hearAnswer } from './leases.js';
import type { AgentsState } from './state.js';

/** By node: by how many milliseconds its clock is ahead. */
export type Heard = ReadonlyMap<string, number>;

export interface AskingOptions {
  readonly signer: Signer;
  /** Where a node's programs are reached, as a URL has it; undefined: it is not known. */
  readonly hostOf: (node: string) => string | undefined;
  /** The body of the answer; rejects where there is none, which it is to know within a round. */
  readonly ask: (url: string) => Promise<string>;
  /** Says whom it hears, for who does not ask; resolves with whether that was taken. Never rejects. */
  readonly say: (heard: Heard) => Promise<boolean>;
}

/** An agent is told that it is heard only as long as others were told so within this time, in milliseconds: else its Lease is to tell them. */
const wordMs = 4_000;

/** What one agent was asked. */
interface Talk {
  readonly node: string;
  /** Its public key: that of a process. */
  readonly key: string;
  /** The last question whose answer was heard, and when. */
  heard: number;
  heardAt: number;
  /** By how much its clock is ahead, in milliseconds, but for the time that the answer took. */
  aheadMs: number;
}

interface State extends AskingOptions {
  readonly agents: AgentsState;
  /** By node. */
  readonly talks: Map<string, Talk>;
  /** Those of this round who are not asked yet, and the next round. */
  readonly planned: Set<() => void>;
  /** Of all questions so far, to whomever: no two are the same. */
  count: number;
  /** When this round began. */
  roundAt: number;
  /** When the last word that was taken was sent. */
  wordAt: number;
  /** That it hears nobody is said once. */
  saidNothing: boolean;
  ended: boolean;
}

/** @returns what ends it: nothing is asked any more, and no answer counts */
export function startAsking(agents: AgentsState, o: AskingOptions): () => void {
  const s: State = {
    ...{ ...o, agents, talks: new Map(), planned: new Set(), count: 0 },
    roundAt: agents.clock.now(),
    wordAt: Number.NEGATIVE_INFINITY,
    saidNothing: true,
    ended: false,
  };
  agents.asks = true;
  round(s);
  return () => {
    s.ended = true;
    agents.asks = false;
    for (const cancel of s.planned) cancel();
  };
}

function round(s: State): void {
  const { asked, clock } = s.agents;
  void sayHeard(s, Math.max(s.roundAt, clock.now() - 2 * askEveryMs));
  s.roundAt = clock.now();
  for (const node of s.talks.keys()) if (!asked.has(node)) s.talks.delete(node);
  const all = [...asked].flatMap(([node, { key, port }]) => {
    const host = s.hostOf(node);
    return host === undefined ? [] : [{ talk: talkWith(s, node, key), origin: `http://${host}:${port}` }];
  });
  for (const [index, { talk, origin }] of all.entries())
    later(s, (index * askEveryMs) / all.length, () => void ask(s, talk, origin));
  later(s, askEveryMs, () => round(s));
}

function later(s: State, ms: number, run: () => void): void {
  const cancel = s.agents.clock.after(ms, () => {
    s.planned.delete(cancel);
    run();
  });
  s.planned.add(cancel);
}

function talkWith(s: State, node: string, key: string): Talk {
  const known = s.talks.get(node);
  if (known?.key === key) return known;
  const talk: Talk = { node, key, heard: 0, heardAt: Number.NEGATIVE_INFINITY, aheadMs: 0 };
  s.talks.set(node, talk);
  return talk;
}

async function ask(s: State, talk: Talk, origin: string): Promise<void> {
  const { signer, agents } = s;
  s.count += 1;
  const isTold = agents.clock.now() - s.wordAt < wordMs;
  const question: Question = { asker: signer.publicKey, count: s.count, heard: isTold ? talk.heard : 0 };
  const signature = signer.sign(questionText(question, talk.key));
  try {
    const answer = readAnswer(await s.ask(`${origin}${formatQuestion({ question, signature })}`));
    if (answer === undefined || s.ended || s.talks.get(talk.node) !== talk) return;
    if (!isSignedBy(talk.key, answerText(question, talk.key, answer.atMs), answer.signature)) return;
    talk.aheadMs = answer.atMs - agents.clock.wall();
  } catch {
    return; // its Lease will tell
  }
  talk.heard = Math.max(talk.heard, question.count);
  talk.heardAt = agents.clock.now();
  hearAnswer(agents, talk.node);
}

/** Those heard in the round before: who was not is left out, for its Lease to tell. @param since when that began */
async function sayHeard(s: State, since: number): Promise<void> {
  const heard = [...s.talks.values()].filter(({ heardAt }) => heardAt >= since);
  if (heard.length === 0 && s.saidNothing) return;
  s.saidNothing = heard.length === 0;
  const at = s.agents.clock.now();
  if (await s.say(new Map(heard.map(({ node, aheadMs }) => [node, aheadMs])))) s.wordAt = at;
}
