/** What the engine says of its groups. */
import type { Member } from './election/member.js';
import { memberReport } from './election/member-report.js';
import type { EngineReport, GroupFigures } from './messages.js';
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

function figuresOf({ leaderships, phase }: Member): GroupFigures {
  const router = phase.binding?.router;
  const isLed = router?.state === 'Active' || (router?.state === 'Backup' && router.activeSource !== undefined);
  return { leaderships, isLed };
}

/** Everything at once. */
export function reportAll(e: EngineState): EngineReport {
  const { bfdDrops, counters, drops, neighborDrops } = e.counts;
  return {
    members: [...e.members.values()].map((member) => memberReport(member, e.parts.answerModes)),
    counters: Object.fromEntries(counters),
    drops: Object.fromEntries(drops),
    neighborDrops: Object.fromEntries(neighborDrops),
    ...(bfdDrops.size > 0 && { bfdDrops: Object.fromEntries(bfdDrops) }),
    lateness: e.lateness,
    silences: e.silences,
    figures: Object.fromEntries([...e.members].map(([group, member]) => [group, figuresOf(member)])),
  };
}
