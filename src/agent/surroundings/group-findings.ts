import type { Finding } from './findings.js';

/** Puts together what several have found about groups. */
export interface GroupFindings {
  /** What `by` has found about a group, in the place of what it found before. */
  found(by: string, group: string, findings: readonly Finding[]): void;
  /** Tells again what was found, if anything was: whoever is told may not have known the group before it was reported. */
  again(group: string): void;
  forget(group: string): void;
}

/** @param tell all that was found about a group, whenever that changes */
export function createGroupFindings(tell: (group: string, findings: readonly Finding[]) => void): GroupFindings {
  const groups = new Map<string, Map<string, readonly Finding[]>>();
  return {
    found(by, group, findings) {
      const known = groups.get(group) ?? new Map<string, readonly Finding[]>();
      if (JSON.stringify(known.get(by) ?? []) === JSON.stringify(findings)) return;
      if (findings.length === 0) known.delete(by);
      else known.set(by, findings);
      if (known.size === 0) groups.delete(group);
      else groups.set(group, known);
      tell(group, [...known.values()].flat());
    },
    again(group) {
      const known = groups.get(group);
      if (known !== undefined) tell(group, [...known.values()].flat());
    },
    forget: (group) => void groups.delete(group),
  };
}
