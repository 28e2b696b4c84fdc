/** What this node's part in a group is, with what else is to be said of it there. */
import type { MemberReport } from '../engine/messages.js';

export interface MemberNotes {
  report(report: MemberReport): void;
  /** Undefined: there is nothing to say any more. */
  note(group: string, text: string | undefined): void;
  forget(group: string): void;
}

/** @param tell a report with its note, whenever either has changed */
export function createMemberNotes(tell: (report: MemberReport) => void): MemberNotes {
  const reports = new Map<string, MemberReport>();
  const notes = new Map<string, string>();
  const noted = (report: MemberReport): MemberReport => {
    const note = notes.get(report.group);
    return note === undefined ? report : { ...report, message: [report.message, note].filter(Boolean).join('; ') };
  };
  return {
    report(report) {
      reports.set(report.group, report);
      tell(noted(report));
    },
    note(group, text) {
      if (notes.get(group) === text) return;
      if (text === undefined) notes.delete(group);
      else notes.set(group, text);
      const report = reports.get(group);
      if (report !== undefined) tell(noted(report));
    },
    forget(group) {
      reports.delete(group);
      notes.delete(group);
    },
  };
}
