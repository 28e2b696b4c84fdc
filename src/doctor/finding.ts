/** What a check of a node or a cluster comes to. */

export type Severity = 'problem' | 'warning' | 'unknown' | 'fine';

export interface Finding {
  /** What was looked at, in a word or two: the same for each finding of a check. */
  readonly check: string;
  /** `problem`: addresses do not answer, or might not when they move. `unknown`: it could not be looked at. */
  readonly severity: Severity;
  /** The node, NIC or object; empty where that is clear. */
  readonly where: string;
  readonly what: string;
  /** What to do about it; of everything but what is fine. */
  readonly remedy?: string;
}

/** One that asks for nothing to be done. */
export function fine(check: string, where: string, what: string): Finding {
  return { check, severity: 'fine', where, what };
}

/** One check of a table of them: facts in, findings out. It says nothing where it does not apply. */
export type Check<Facts> = (facts: Facts) => readonly Finding[];

/** 0: all is fine, or could not be looked at. 3: there are warnings. 1: there are problems. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 3 {
  if (findings.some(({ severity }) => severity === 'problem')) return 1;
  return findings.some(({ severity }) => severity === 'warning') ? 3 : 0;
}
