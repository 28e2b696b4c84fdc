/** What an agent is and has counted, as lines of its log: for whoever has no more than a signal and the log. */
import type { Logger } from '../platform/observability/log.js';
import type { EngineReport } from './engine/messages.js';

/** A line for the agent, and one for each group. @param source what it goes by, and whether that is what there is */
export function tellState(log: Pick<Logger, 'info'>, node: string, source: string, report: EngineReport): void {
  const { members } = report;
  const leads = members.filter(({ state }) => state === 'Active').length;
  log.info('state of the agent', { node, source, groups: members.length, leads });
  for (const { keyProblem, ...member } of members)
    log.info('state of a group', {
      ...member,
      ...(keyProblem === undefined ? {} : { keyProblem: keyProblem.message }),
    });
}

/** One line. @param errors internal ones, by place */
export function tellCounters(
  log: Pick<Logger, 'info'>,
  { counters, drops, neighborDrops }: EngineReport,
  errors: ReadonlyMap<string, number>,
): void {
  log.info('counters', { ...counters, dropped: drops, unanswered: neighborDrops, errors: Object.fromEntries(errors) });
}
