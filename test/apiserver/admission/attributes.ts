import type { KubeObject } from '../object.js';
import type { Target } from '../operations/environment.js';

/** What a write is about to do, in the version of its request: for those who may refuse it. */
export interface Attributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly target: Target;
  readonly name: string;
  /** Absent for DELETE. */
  readonly object?: KubeObject;
  /** Absent for CREATE. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
}

/** Called by every write when it is complete and valid, and before it is stored. Throws when it must not be, or not yet. */
export type Admit = (attributes: Attributes) => void;

/** For writes that nobody judges: those of the server itself. */
export const admitEverything: Admit = () => {};
