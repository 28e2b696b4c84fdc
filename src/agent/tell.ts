/** What an agent is and has counted, as lines of its log: for whoever has no more than a signal and the log. */
import type { Logger } from '../platform/observability/log.js';
import type { EngineReport } from './engine/messages.js';

/** What the engine reports, or that it does not answer. */
type Reported = EngineReport | { readonly engine: string };
type Log = Pick<Logger, 'info' | 'error'>;

/** A line for the agent, and one for each group. @param source what it goes by, and whether that is what there is */
export function tellState(log: Log, node: string, source: string, report: Reported): void {
  if ('engine' in report) {
    log.error('the engine does not tell', { reason: report.engine });
    return;
  }
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
export function tellCounters(log: Log, report: Reported, errors: ReadonlyMap<string, number>): void {
  if ('engine' in report) {
    log.error('the engine does not tell', { reason: report.engine });
    return;
  }
  const { counters, drops, neighborDrops } = report;
  log.info('counters', { ...counters, dropped: drops, unanswered: neighborDrops, errors: Object.fromEntries(errors) });
}
