/** What is said on our objects that are made from another load balancer's, as the condition `FollowsOrigin`. */

/** Whether an object follows the one that it is made from: in the words of a condition. */
export interface Following {
  readonly status: 'True' | 'False';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

export interface Followings {
  /** By `plural/name`. */
  readonly of: Map<string, Following>;
  /** All of them were looked at by this controller. */
  known: boolean;
}

export const conditionType = 'FollowsOrigin';

/**
 * What is to be said of an object; undefined: nothing. Until all were looked at that is what a controller before this one said.
 *
 * @param before the conditions that it has
 */
export function followingOf(
  { of, known }: Followings,
  key: string,
  before?: readonly Condition[] | null,
): Following | undefined {
  const said = known ? undefined : before?.find(({ type }) => type === conditionType);
  if (of.has(key) || said?.reason === undefined) return of.get(key);
  return { status: said.status === 'True' ? 'True' : 'False', reason: said.reason, message: said.message ?? '' };
}

/** As anybody may have written it. */
interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}
