// Owns: what a node can say of its session with a router, from where the source says it.
import { sourcesIn } from './sources.js';

export interface SessionProblem {
  readonly reason: string;
  /** Its message, with … for what varies; undefined where that is put together elsewhere. */
  readonly message: string | undefined;
}

const folders = ['src/agent/bgp', 'src/agent/engine/routing'];

/** Words in two humps that are no problem: states of RFC 4271. */
const others = new Set(['OpenSent', 'OpenConfirm']);

/** The reason of `bfd.problem` gets a prefix. */
const made: readonly SessionProblem[] = [{ reason: 'BfdRefused', message: 'the kernel refuses a socket for BFD: …' }];

/** By name. */
export function sessionProblems(sources = folders.flatMap(sourcesIn)): readonly SessionProblem[] {
  const named = /(?:reason: |[([?:]\s*|^\s*)'((?:[A-Z][a-z0-9]*){2,})'(?=,)/gm;
  const found = new Map<string, SessionProblem>();
  for (const { text } of sources)
    for (const match of text.matchAll(named)) {
      const reason = match[1]!;
      if (others.has(reason) || found.get(reason)?.message !== undefined) continue;
      found.set(reason, { reason, message: messageBehind(text.slice(match.index + match[0].length)) });
    }
  for (const each of made) found.set(each.reason, each);
  return [...found.values()].sort((a, b) => (a.reason < b.reason ? -1 : 1));
}

/** The text that follows a reason, perhaps as what a function gives, perhaps in several literals. */
function messageBehind(text: string): string | undefined {
  const [lead] = /^,\s*(?:(?:message|text): ?)?(?:\([^)]*\) =>)?\s*/.exec(text) ?? [];
  let at = lead?.length ?? 0;
  let message: string | undefined;
  for (;;) {
    const part = literalAt(text, at);
    if (part === undefined) return message;
    message = (message ?? '') + part.value;
    const [plus] = /^\s*\+\s*/.exec(text.slice(part.end)) ?? [];
    if (plus === undefined) return message;
    at = part.end + plus.length;
  }
}

/** A literal with … for what varies, and where it ends. */
function literalAt(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  const quote = text[start];
  if (quote !== '`' && quote !== "'" && quote !== '"') return undefined;
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === quote) return { value, end: at + 1 };
    if (text[at] === '\\') {
      at += 1;
      value += text[at];
    } else if (quote === '`' && text.startsWith('${', at)) {
      at = endOfExpression(text, at + 2);
      value += '…';
    } else value += text[at];
  }
  return undefined;
}

/** Of what stands in `${…}`: where its closing brace is. */
function endOfExpression(text: string, start: number): number {
  for (let at = start, depth = 0; at < text.length; at += 1) {
    const inner = literalAt(text, at);
    if (inner !== undefined) at = inner.end - 1;
    else if (text[at] === '{') depth += 1;
    else if (text[at] === '}' && depth === 0) return at;
    else if (text[at] === '}') depth -= 1;
  }
  return text.length;
}
