/** What is wrong in manifests, and where. */
import type { Problem } from '../api/problem.js';

/** `error`: an API server, the controller or an agent refuses it. `warning`: it is accepted, and does not do what its writer wants. */
export type Severity = 'error' | 'warning';

/** Of one object; the path as in `Problem`. */
export interface Verdict extends Problem {
  readonly severity: Severity;
}

export interface Finding extends Verdict {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `Eip lan`; empty for what is wrong with the file. */
  readonly object: string;
}

export function errors(problems: readonly Problem[]): readonly Verdict[] {
  return problems.map((each) => ({ ...each, severity: 'error' }));
}

export function warnings(problems: readonly Problem[]): readonly Verdict[] {
  return problems.map((each) => ({ ...each, severity: 'warning' }));
}

export function annotation(key: string): string {
  return `metadata.annotations["${key}"]`;
}

/** The field that a warning of the controller is about, which says so in words alone. */
export function placeSaid(message: string): string {
  if (message.startsWith('spec.loadBalancerClass')) return 'spec.loadBalancerClass';
  const [, quoted, plain] = /^annotation (?:"([^"]+)"|(\S+))/.exec(message) ?? [];
  const key = quoted ?? plain;
  return key === undefined ? 'metadata' : annotation(key);
}
