// Owns: reviews: requests that are answered and not stored. Everybody may do everything here.
import type { JsonMap } from './object.js';

/** The answer to a review that was posted, `undefined` when there is no such review. */
export function answerReview(plural: string, body: JsonMap): JsonMap | undefined {
  switch (plural) {
    case 'selfsubjectaccessreviews':
    case 'subjectaccessreviews':
      return { ...body, status: { allowed: true } };
    case 'selfsubjectrulesreviews':
      return {
        ...body,
        status: {
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          nonResourceRules: [],
          incomplete: false,
        },
      };
    case 'tokenreviews':
      return {
        ...body,
        status: { authenticated: true, user: admin },
      };
    case 'selfsubjectreviews':
      return { ...body, status: { userInfo: admin } };
    default:
      return undefined;
  }
}

/** Everybody is this one. */
export const admin = { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] };
