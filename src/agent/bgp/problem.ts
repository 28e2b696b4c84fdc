/** Why this node has no session with a router, or not the one that was asked for. */
export interface PeerProblem {
  /** In CamelCase. */
  readonly reason: string;
  /** A sentence that names what is wrong, where, and the remedy. */
  readonly message: string;
}

export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: PeerProblem };

export function found<T>(value: T): Found<T> {
  return { ok: true, value };
}

export function refused(reason: string, message: string): { readonly ok: false; readonly problem: PeerProblem } {
  return { ok: false, problem: { reason, message } };
}
