/** What the engine says of its groups. */
import type { Member } from './election/member.js';
import { memberReport, reasonTypesOf, stateOf } from './election/member-report.js';
import {
  type EngineCounts,
  type EngineReport,
  type GroupColumns,
  groupsAtOnce,
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
  const members: Member[] = [];
  let at = 0;
  for (const member of e.members.values()) {
    if (at++ < from) continue;
    if (members.push(member) === groupsAtOnce) break;
  }
  return {
    names: members.map(({ config }) => config.name),
    states: members.map(stateOf),
    priorities: members.map(({ config }) => config.priority),
    held: members.map(({ config }) => e.parts.answerModes.held(config.name).length),
    leaderships: members.map(({ leaderships }) => leaderships),
    led: members.map((member) => (isLed(member) ? 1 : 0)),
    reasons: members.map(reasonTypesOf),
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
