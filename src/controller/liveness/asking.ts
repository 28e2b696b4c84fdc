/** Asks agents whether they live, each once in a round, one after the other; and says whom it hears. See `api/asking`. */
import { answerText, askEveryMs, formatQuestion, type Question, questionText } from '../../api/asking.js';
import { isSignedBy, type Signer } from '../../platform/ed25519.js';
import { hearAnswer } from './leases.js';
import type { AgentsState } from './state.js';

export interface AskingOptions {
  readonly signer: Signer;
  /** Where a node's programs are reached, as a URL has it; undefined: it is not known. */
  readonly hostOf: (node: string) => string | undefined;
  /** The body of the answer; rejects where there is none, which it is to know within a round. */
  readonly ask: (url: string) => Promise<string>;
  /** Says whom it hears, for who does not ask. Never rejects. */
  readonly say: (nodes: readonly string[]) => Promise<void>;
}

/** What one agent was asked. */
interface Talk {
  readonly node: string;
  /** Its public key: that of a process. */
  readonly key: string;
  count: number;
  /** The last question whose answer was heard, and when. */
  heard: number;
  heardAt: number;
}

interface State extends AskingOptions {
  readonly agents: AgentsState;
  /** By node. */
  readonly talks: Map<string, Talk>;
  /** Those of this round who are not asked yet, and the next round. */
  readonly planned: Set<() => void>;
  /** Whom it was said to hear. */
  said: string;
  ended: boolean;
}

/** @returns what ends it: nothing is asked any more, and no answer counts */
export function startAsking(agents: AgentsState, o: AskingOptions): () => void {
  const s: State = { ...o, agents, talks: new Map(), planned: new Set(), said: '', ended: false };
  agents.asks = true;
  round(s);
  return () => {
    s.ended = true;
    agents.asks = false;
    for (const cancel of s.planned) cancel();
  };
}

function round(s: State): void {
  const { asked } = s.agents;
  for (const node of s.talks.keys()) if (!asked.has(node)) s.talks.delete(node);
  const all = [...asked].flatMap(([node, { key, port }]) => {
    const host = s.hostOf(node);
    return host === undefined ? [] : [{ talk: talkWith(s, node, key), origin: `http://${host}:${port}` }];
  });
  for (const [index, { talk, origin }] of all.entries())
    later(s, (index * askEveryMs) / all.length, () => void ask(s, talk, origin));
  sayHeard(s);
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
  const talk: Talk = { node, key, count: 0, heard: 0, heardAt: Number.NEGATIVE_INFINITY };
  s.talks.set(node, talk);
  return talk;
}

async function ask(s: State, talk: Talk, origin: string): Promise<void> {
  const { signer, agents } = s;
  talk.count += 1;
  const question: Question = { asker: signer.publicKey, count: talk.count, heard: talk.heard };
  const signature = signer.sign(questionText(question, talk.key));
  try {
    const answer = await s.ask(`${origin}${formatQuestion({ question, signature })}`);
    if (s.ended || s.talks.get(talk.node) !== talk) return;
    if (!isSignedBy(talk.key, answerText(question, talk.key), answer)) return;
  } catch {
    return; // its Lease will tell
  }
  talk.heard = Math.max(talk.heard, question.count);
  talk.heardAt = agents.clock.now();
  hearAnswer(agents, talk.node);
}

/** Those heard in the round before, whatever their order: who was not heard lately is left out, for its Lease to tell. */
function sayHeard(s: State): void {
  const since = s.agents.clock.now() - askEveryMs;
  const heard = [...s.talks.values()].filter(({ heardAt }) => heardAt >= since).map(({ node }) => node);
  if (heard.length === 0 && s.said === '') return;
  s.said = heard.join(',');
  void s.say(heard);
}
