/**
 * What the log says of this node's part in its groups: one line for each change of state, with what it was, what it is and why; one for each
 * reason not to take part, or only in part, when it comes and when it goes; other changes have messages of their own.
 */
import type { Logger } from '../platform/observability/log.js';
import type { MemberReport, Transition } from './engine/messages.js';
import type { Reason } from './engine/reasons.js';

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
    transition: ({ type: _, at: __, ...fields }) => log.info(`became ${fields.to}`, fields),
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
  const come = without(now.reasons, before?.reasons);
  const gone = without(before?.reasons ?? [], now.reasons);
  for (const { type, message } of come)
    add('warn', now.state === 'Initialize' ? 'cannot take part' : 'takes part with a restriction', {
      type,
      reason: message,
    });
  for (const { type, message } of now.reasons.length > 0 ? gone : gone.slice(0, -1))
    add('info', 'a reason is gone, others remain', { type, reason: message });
  const last = now.reasons.length > 0 ? undefined : gone.at(-1);
  if (last !== undefined) add('info', unhindered(before), { type: last.type, reason: last.message });
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

function without(some: readonly Reason[], others: readonly Reason[] = []): readonly Reason[] {
  const known = new Set(others.map(({ message }) => message));
  return some.filter(({ message }) => !known.has(message));
}

function unhindered(before: MemberReport | undefined): string {
  return before?.state === 'Initialize'
    ? 'nothing keeps it from taking part any more'
    : 'takes part without restriction';
}

function named(addresses: readonly string[]): object {
  const shown = addresses.slice(0, namedAddresses);
  return shown.length === addresses.length
    ? { addresses: shown }
    : { addresses: shown, more: addresses.length - shown.length };
}
