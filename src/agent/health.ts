/** Whether an agent does what it is for, and whether what it goes by is what there is: pure, for its health endpoint and its status. */
import type { Answer, Route } from '../platform/observability/health.js';
import type { Agent } from './agent.js';
import type { MemberReport } from './engine/messages.js';
import type { GroupSource } from './sources/group-source.js';

/** What makes an agent ready or not, each a sentence or nothing. */
export interface Readiness {
  /** It does not do what it is for. */
  readonly problems: readonly (string | undefined)[];
  /** It does, as far as it can. */
  readonly notes: readonly string[];
}

/** `ok` while what the agent goes by is what its source has; otherwise everything that is not so. */
export function sourceText(source: Pick<GroupSource, 'problem' | 'refused'> | undefined): string {
  if (source === undefined) return 'starting';
  const said = [source.problem(), ...source.refused()].filter((each) => each !== undefined);
  return said.length === 0 ? 'ok' : said.join('; ');
}

/** @param reported what the engine reports, or that it does not answer; undefined when it was not asked */
export function readinessOf(
  agent: Pick<Agent, 'problem' | 'configured' | 'unnamed'> | undefined,
  source: Pick<GroupSource, 'problem' | 'refused'> | undefined,
  reported: { readonly members: readonly MemberReport[] } | { readonly engine: string } | undefined,
): Readiness {
  if (agent === undefined) return { problems: ['starting'], notes: [] };
  const unnamed = agent.unnamed();
  const { members, engine } = { members: [], engine: undefined, ...reported };
  const idle = members.filter(({ state }) => state === 'Initialize');
  return {
    problems: [
      agent.problem() ?? engine,
      agent.configured() ? undefined : 'no groups known yet',
      source?.problem(),
      unnamed?.byHand ? unnamed.text : undefined,
    ],
    notes: [
      ...(source?.refused() ?? []),
      ...idle.map(({ group, message }) => `group ${group}: ${message ?? 'takes no part yet'}`),
    ],
  };
}

/** 503 with the problems; 200 with the notes; 200 `ok` when there is nothing to say. */
export function readyRoute(readiness: () => Promise<Readiness>): Route {
  return async (): Promise<Answer> => {
    const { problems, notes } = await readiness();
    const found = problems.filter((each) => each !== undefined);
    if (found.length > 0) return { status: 503, body: lines(found) };
    return { status: 200, body: notes.length === 0 ? 'ok\n' : `ready, but:\n${lines(notes)}` };
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
