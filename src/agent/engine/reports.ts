/** What the engine says of its groups. */
import type { Member } from './election/member.js';
import { memberReport, reasonTypesOf, stateOf } from './election/member-report.js';
import {
  type EngineCounts,
  type EngineReport,
  type GroupColumns,
  groupsAtOnce,
  memberStates,
  type OwnFigures,
  type ReportedMembers,
} from './messages.js';
import type { EngineState } from './state.js';

/** Not while addresses are being put in place: a report of each batch would take as long as the batch. */
export function postReports(e: EngineState): void {
  const { answerModes, onNic } = e.parts;
  if (answerModes.deadline() <= e.kernel.now()) return;
  for (const group of e.reported) {
    const member = e.members.get(group);
    if (member !== undefined) e.post({ type: 'member', ...memberReport(member, answerModes) });
  }
  e.reported.clear();
  if (!e.closing || e.members.size > 0 || onNic.removing()) return;
  e.closing = false;
  e.post({ type: 'released' });
}

/** All of it at once. */
export function reportOf(e: EngineState, which: ReportedMembers): EngineReport {
  const members = [...e.members.values()];
  const reported = which === 'all' ? members : members.filter((member) => stateOf(member) === 'Initialize');
  return {
    members: reported.map((member) => memberReport(member, e.parts.answerModes)),
    ...countsOf(e),
  };
}

/** What a scrape shows, but of groups. */
export function figuresOf(e: EngineState): OwnFigures {
  return { ...countsOf(e), silences: e.silences };
}

/** What it shows of groups: of those from this one on, so many as are told of at once. @param from how many come before */
export function groupFiguresOf(e: EngineState, from: number): GroupColumns {
  const members = [...e.members.values()].slice(from, from + groupsAtOnce);
  const figures = (of: (member: Member) => number) => Float64Array.from(members, of);
  const states = new Float64Array(members.length * memberStates.length);
  members.forEach((member, at) => {
    states[at * memberStates.length + memberStates.indexOf(stateOf(member))] = 1;
  });
  return {
    names: members.map(({ config }) => config.name),
    states,
    priorities: figures(({ config }) => config.priority),
    held: figures(({ config }) => e.parts.answerModes.held(config.name).length),
    leaderships: figures(({ leaderships }) => leaderships),
    led: figures((member) => (isLed(member) ? 1 : 0)),
    reasons: members.flatMap((member) => {
      const types = reasonTypesOf(member);
      return types.length === 0 ? [] : [[member.config.name, types] as const];
    }),
  };
}

function countsOf({ counts, lateness }: EngineState): EngineCounts {
  const { bfdDrops, counters, drops, neighborDrops } = counts;
  return {
    counters: Object.fromEntries(counters),
    drops: Object.fromEntries(drops),
    neighborDrops: Object.fromEntries(neighborDrops),
    ...(bfdDrops.size > 0 && { bfdDrops: Object.fromEntries(bfdDrops) }),
    lateness,
  };
}

function isLed({ phase }: Member): boolean {
  const router = phase.binding?.router;
  return router?.state === 'Active' || (router?.state === 'Backup' && router.activeSource !== undefined);
}
