/** What one agent says of itself, for people: pure. */
import type { AgentStatus } from '../agent/status/agent-status.js';
import type { ShownBgp } from '../agent/status/shown-bgp.js';
import type { ShownDraining } from '../agent/status/shown-draining.js';
import { type Paint, type Painted, plain, type Tone } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { problemOf, sessionCells, sessionHead } from './session-table.js';

/** One line for each group of one agent, and what else is to be said of it. */
export function agentTable(report: AgentStatus, nowMs: number, paint: Paint = plain): string {
  const rows = (report.members ?? []).map((member): readonly Painted[] => [
    member.group,
    { text: member.state, tone: tones[member.state] },
    String(member.priority),
    member.reason ?? '-',
    member.interface ?? '-',
    member.address ?? '-',
    member.held.join(',') || '-',
    member.message ?? '',
  ]);
  const head = `node ${report.node}, source ${report.source}\n${schedulingText(report.scheduling)}`;
  const more =
    (report.connections === undefined ? '' : `\n${drainingText(report.connections)}\n`) +
    (report.bgp === undefined ? '' : `\n${agentBgp(report.bgp, nowMs, paint)}`);
  if (report.engine !== undefined) return `${head}${sentence(report.engine)}: what it holds is not known.\n${more}`;
  if (rows.length === 0 && more !== '') return head + more;
  if (rows.length === 0) return `${head}${sentence(report.unnamed ?? 'no group has this node as a member')}.\n`;
  const titles = ['GROUP', 'STATE', 'PRIORITY', 'WHY', 'INTERFACE', 'SOURCE', 'HOLDS', 'MESSAGE'];
  return head + table(titles, rows, paint) + more;
}

const tones: Readonly<Record<NonNullable<AgentStatus['members']>[number]['state'], Tone>> = {
  Active: 'good',
  Backup: 'dim',
  Initialize: 'bad',
};

/** What becomes of connections over moves, as a sentence. */
function drainingText({ problem, handedTo, count }: ShownDraining['connections']): string {
  if (problem !== undefined) return `Connections break when addresses move: ${problem}.`;
  if (handedTo.length === 0) return 'Connections are kept when addresses move; none is from before a move now.';
  const are = count === 1 ? 'connection from before a move is' : 'connections from before a move are';
  return `${count} ${are} handed to ${handedTo.join(', ')}, as far as they spoke within the last minute.`;
}

/** Nothing while it is as it should be. */
function schedulingText(scheduling: AgentStatus['scheduling']): string {
  if (scheduling === undefined || scheduling.policy === 'SCHED_RR') return '';
  const { policy, reason } = scheduling;
  const what = policy === 'nice' ? 'nice -20 instead' : 'and no nice value either';
  return `not scheduled in real time, ${what}: ${reason}\n`;
}

function agentBgp({ as, routerId, peers, groups }: ShownBgp['bgp'], nowMs: number, paint: Paint): string {
  const speaker = as === undefined ? 'BGP\n' : `BGP, AS ${as}, router ID ${routerId}\n`;
  const rows = peers.map(({ peer, ...entry }) => [peer, ...sessionCells(entry, nowMs), problemOf(entry)]);
  const sessions = table(['PEER', ...sessionHead, 'PROBLEM'], rows, paint);
  const announced = table(
    ['GROUP', 'STATE', 'ROUTERS', 'MESSAGE'],
    groups.map(({ group, state, routers, routersWanted, message }) => [
      group,
      state,
      `${routers}/${routersWanted}`,
      message ?? '',
    ]),
    paint,
  );
  return speaker + (peers.length === 0 ? '' : sessions) + (groups.length === 0 ? '' : `\n${announced}`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
