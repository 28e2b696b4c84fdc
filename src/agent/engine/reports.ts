/** What the engine says of its groups. */
import type { Member } from './election/member.js';
import { memberReport, reasonTypesOf, stateOf } from './election/member-report.js';
import {
  type EngineCounts,
  type EngineFigures,
  type EngineReport,
  groupsAtOnce,
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

/** What a scrape shows, of some groups. @param from how many were told of before */
export function figuresOf(e: EngineState, from: number): EngineFigures {
  const members: Member[] = [];
  let at = 0;
  for (const member of e.members.values()) {
    if (at++ < from) continue;
    if (members.push(member) === groupsAtOnce) break;
  }
  return {
    ...countsOf(e),
    silences: e.silences,
    groups: {
      names: members.map(({ config }) => config.name),
      states: members.map(stateOf),
      priorities: members.map(({ config }) => config.priority),
      held: members.map(({ config }) => e.parts.answerModes.held(config.name).length),
      leaderships: members.map(({ leaderships }) => leaderships),
      led: members.map((member) => (isLed(member) ? 1 : 0)),
      reasons: members.map(reasonTypesOf),
    },
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
