/** What this node's part in a group is, with what else is to be said of it there. */
import type { MemberReport } from '../engine/messages.js';

/** What is said of it by others than the engine. */
export interface MemberNote {
  readonly text: string;
  /** Connections from before a move that this node hands on; undefined: they are not counted yet. */
  readonly drainedConnections: number | undefined;
  /** When they were counted, in milliseconds since 1970. */
  readonly countedAt: number;
}

export type NotedReport = MemberReport & Partial<Pick<MemberNote, 'drainedConnections' | 'countedAt'>>;

/** So much older than the last count the time of one may be that is told, if it was the same: each is written into the status. */
const sameForMs = 60_000;

export interface MemberNotes {
  report(report: MemberReport): void;
  /** Undefined: there is nothing to say any more. */
  note(group: string, note: MemberNote | undefined): void;
  forget(group: string): void;
}

/** Whether a note is to be told, after the one that was told last. */
export function isNews(known: MemberNote | undefined, note: MemberNote | undefined): boolean {
  const isSame = known?.text === note?.text && known?.drainedConnections === note?.drainedConnections;
  const isOld = note?.drainedConnections !== undefined && note.countedAt - (known?.countedAt ?? 0) >= sameForMs;
  return !isSame || isOld;
}

/** @param tell a report with its note, whenever either has changed */
export function createMemberNotes(tell: (report: NotedReport) => void): MemberNotes {
  const reports = new Map<string, MemberReport>();
  const notes = new Map<string, MemberNote>();
  const noted = (report: MemberReport): NotedReport => {
    const note = notes.get(report.group);
    if (note === undefined) return report;
    const { text, drainedConnections, countedAt } = note;
    return { ...report, message: [report.message, text].filter(Boolean).join('; '), drainedConnections, countedAt };
  };
  return {
    report(report) {
      reports.set(report.group, report);
      tell(noted(report));
    },
    note(group, note) {
      if (!isNews(notes.get(group), note)) return;
      if (note === undefined) notes.delete(group);
      else notes.set(group, note);
      const report = reports.get(group);
      if (report !== undefined) tell(noted(report));
    },
    forget(group) {
      reports.delete(group);
      notes.delete(group);
    },
  };
}
