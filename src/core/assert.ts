/** Our own fault: a rule that only a defect in this program can break. Never caught to be continued from. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Throws {@link InvariantError} unless `condition` holds. For the caller's contract only: what a peer or the world may do
 * wrong is a returned reason or a typed error.
 *
 * @param message the rule, and the value that breaks it
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
