/**
 * What the log says of this node's part in its groups: one line for each change of state, with what it was, what it is and why; other
 * changes have messages of their own.
 */
import type { Logger } from '../platform/observability/log.js';
import type { MemberReport, Transition } from './engine/messages.js';

/** Addresses named in one line; more are only counted. */
const namedAddresses = 8;

export interface MemberLog {
  transition(transition: Transition): void;
  /** What a group reports, as often as anything changes. */
  report(report: MemberReport): void;
  /** The group is gone from this node. */
  forget(group: string): void;
}

export function createMemberLog(log: Pick<Logger, 'info' | 'warn'>): MemberLog {
  const reports = new Map<string, MemberReport>();
  return {
    transition: ({ type: _, ...fields }) => log.info(`became ${fields.to}`, fields),
    report(report) {
      for (const { level, message, fields } of changesOf(reports.get(report.group), report))
        log[level](message, fields);
      reports.set(report.group, report);
    },
    forget: (group) => void reports.delete(group),
  };
}

interface Line {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: object;
}

/** What else than the state has changed, one line each. @param before undefined: nothing was said of the group yet */
export function changesOf(before: MemberReport | undefined, now: MemberReport): readonly Line[] {
  const { group } = now;
  const lines: Line[] = [];
  const add = (level: Line['level'], message: string, fields: object) =>
    lines.push({ level, message, fields: { group, ...fields } });
  if (before?.message !== now.message) {
    const [level, message] = standingOf(before, now);
    add(level, message, { reason: now.message ?? before?.message });
  }
  if (before !== undefined && before.priority !== now.priority)
    add('info', 'priority changed', { from: before.priority, to: now.priority });
  if (before?.address !== undefined && now.address !== undefined && before.address !== now.address)
    add('info', 'adverts come from another address', { from: before.address, to: now.address });
  const taken = now.held.filter((address) => !before?.held.includes(address));
  const given = before?.held.filter((address) => !now.held.includes(address)) ?? [];
  if (taken.length > 0) add('info', 'holds addresses', { held: now.held.length, ...named(taken) });
  if (given.length > 0) add('info', 'gave addresses up', { held: now.held.length, ...named(given) });
  return lines;
}

/** A message is there while a node cannot take part, or takes part otherwise than the group says. */
function standingOf(before: MemberReport | undefined, now: MemberReport): readonly [Line['level'], string] {
  if (now.message === undefined) {
    return [
      'info',
      before?.state === 'Initialize' ? 'nothing keeps it from taking part any more' : 'takes part without restriction',
    ];
  }
  if (now.state === 'Initialize') return ['warn', 'cannot take part'];
  return ['warn', 'takes part with a restriction'];
}

function named(addresses: readonly string[]): object {
  const shown = addresses.slice(0, namedAddresses);
  return shown.length === addresses.length
    ? { addresses: shown }
    : { addresses: shown, more: addresses.length - shown.length };
}
