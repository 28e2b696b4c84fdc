/**
 * Bringing an Eip's groups back to their preferred leaders, when its annotation asks for it. How far that has come is in the same
 * annotation, so a controller that takes over goes on; the preference and the request to the present leader are in the VipGroup.
 */
import { rebalanceAnnotation } from '../../api/annotations.js';
import { parseDuration } from '../../api/duration.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import { defaultAdvertisementInterval } from '../../api/vrrp-rules.js';
import { weightOf } from '../../core/placement/group.js';
import { type Move, nextTurn, noProgress, type Progress, type Standing } from '../../core/placement/rebalance.js';
import { rankMembers } from '../../core/tracking/last-resort.js';
import type { Context } from '../context/context.js';
import type { Agents } from '../liveness/agents.js';
import { groupOf } from '../objects/group.js';
import { dueMoves, forgetOthers, noteRefusals, type Patience } from './handover-due.js';
import { jsonNote, type NoteUpdate } from './note.js';

/** How long one move may take beside four advertisement intervals: two round trips from agents to controller and back. */
const patienceMs = 15_000;

/** What is asked of an Eip: how far it has come; undefined when nothing is asked. */
export function progressOf({ metadata }: Eip): Progress | undefined {
  const text = metadata.annotations?.[rebalanceAnnotation];
  if (text === 'true') return noProgress;
  const note = jsonNote(text) as Partial<Progress> | undefined;
  if (note === undefined) return undefined;
  const { only, moving, moved, skipped } = note;
  const isMove = typeof moving?.group === 'string' && typeof moving.to === 'string' && Number.isFinite(moving.since);
  return {
    ...(Array.isArray(only) ? { only: only.filter((each) => typeof each === 'string') } : {}),
    ...(isMove ? { moving } : {}),
    moved: Array.isArray(moved) ? moved.filter((each) => typeof each === 'string') : [],
    skipped: typeof skipped === 'object' && skipped !== null ? skipped : {},
  };
}

/**
 * @param present the Eip's groups
 * @param elsewhere what the groups of other Eips that prefer a node weigh
 */
export function attendRebalance(
  c: Context,
  eip: Eip,
  present: readonly VipGroup[],
  elsewhere: () => ReadonlyMap<string, number>,
  patience: Patience,
): NoteUpdate {
  const asked = eip.metadata.annotations?.[rebalanceAnnotation];
  const quiet = { annotation: rebalanceAnnotation, news: [], warnings: [], afterMs: undefined };
  const standing = present.map((object) => ({ object, standing: standingOf(object, c.agents) }));
  forgetOthers(patience, eip.metadata.name, present);
  const due =
    asked === undefined ? dueMoves(patience, eip, standing, { now: c.clock.now(), agents: c.agents }) : undefined;
  if (due?.groups.length === 0) {
    const afterMs = due.nextAt === undefined ? undefined : Math.max(due.nextAt - c.clock.now(), 50);
    return { ...quiet, note: undefined, afterMs };
  }
  const progress = due === undefined ? progressOf(eip) : { ...noProgress, only: due.groups };
  if (progress === undefined) {
    const message = `annotation ${rebalanceAnnotation} is "${asked}": write "true" to have the groups brought to their preferred leaders`;
    return { ...quiet, note: asked, warnings: [{ reason: 'InvalidAnnotation', message }] };
  }
  const interval = parseDuration(eip.spec.vrrp?.advertisementInterval ?? '') ?? defaultAdvertisementInterval;
  const boundMs = patienceMs + (4 * interval) / 1000;
  const now = c.clock.wall();
  const standings = standing.map((each) => each.standing);
  standings.sort((a, b) => a.group.localeCompare(b.group, 'en', { numeric: true }));
  const turn = nextTurn(progress, standings, { elsewhere: elsewhere(), now, patienceMs: boundMs });
  const { gaveUp } = turn;
  const late = gaveUp && `group ${gaveUp.group} stays where it is: ${turn.progress.skipped[gaveUp.group]}`;
  const news: NoteUpdate['news'] =
    late === undefined ? [] : [{ type: 'Warning', reason: 'RebalanceSkipped', message: late }];
  if (turn.finished) {
    noteRefusals(patience, standing, turn.progress.skipped, c.clock.now());
    const message = summary(turn.progress, turn.progress.only?.length ?? standings.length);
    return { ...quiet, note: undefined, news: [...news, { type: 'Normal', reason: 'Rebalanced', message }] };
  }
  const since = turn.progress.moving?.since ?? now;
  return { ...quiet, note: JSON.stringify(turn.progress), news, afterMs: Math.max(since + boundMs - now, 50) };
}

/**
 * Whether the leader of a group is to be asked to yield: once the node that is to lead stands by with the priority of the preferred
 * leader, since who hears of that later than the leader of the request would lose to another; and until the move is over.
 */
export function yields(
  move: Move | undefined,
  present: VipGroup | undefined,
  agents: Parameters<typeof standingOf>[1],
): boolean {
  if (present === undefined || move?.group !== present.metadata.name) return false;
  const { members, unfit } = standingOf(present, agents);
  return members[0] === move.to && (present.spec.vrrp?.yield === true || !unfit.has(move.to));
}

/** How a group is, by its object and by who is heard of. */
export function standingOf(object: VipGroup, agents: Pick<Agents, 'silence' | 'beganMs'>): Standing {
  const { name, members } = groupOf(object);
  const { priorities } = rankMembers(object.spec.members);
  const unfit = new Map<string, string>();
  for (const { node, lastResort } of object.spec.members) {
    const report = object.status?.members?.find((each) => each.node === node);
    const silent = agents.silence(node) === undefined ? undefined : 'its agent is not heard of';
    const why = lastResort ?? silent ?? unfitness(report, priorities.get(node)!, agents.beganMs(node));
    if (why !== undefined) unfit.set(node, why);
  }
  return {
    group: name,
    weight: weightOf(object.spec),
    members: members.map(({ node }) => node),
    holder: object.status?.holder,
    unfit,
    asked: object.spec.vrrp?.yield === true,
  };
}

type Report = NonNullable<NonNullable<VipGroup['status']>['members']>[number];

/** @param beganMs when its agent began, by the clock that the report goes by */
function unfitness(report: Report | undefined, priority: number, beganMs: number | undefined): string | undefined {
  if (report === undefined) return 'its agent says nothing';
  if (isOfFormerLife(report, beganMs)) return 'its agent has started anew and says nothing of the group yet';
  if (report.state !== 'Backup' && report.state !== 'Active')
    return report.message ?? 'it takes no part in the election';
  if (report.message !== undefined) return report.message;
  return report.priority === priority ? undefined : 'its agent does not follow the group';
}

/** What an agent that was killed has left says nothing of the one that came after it. A report tells whole seconds. */
function isOfFormerLife({ since }: Report, beganMs: number | undefined): boolean {
  return beganMs !== undefined && Date.parse(since ?? '') < Math.floor(beganMs / 1000) * 1000;
}

function summary({ moved, skipped }: Progress, groups: number): string {
  const stay = Object.entries(skipped).map(([group, why]) => `${group} (${why})`);
  if (groups === 0) return 'it has no groups to rebalance';
  if (moved.length + stay.length === 0) return `each of the ${groups} groups was led by its preferred leader already`;
  const stays = stay.length === 0 ? '' : `; ${stay.length} stay where they are: ${stay.join(', ')}`;
  return `${moved.length} of ${groups} groups were brought to their preferred leaders${stays}`;
}
