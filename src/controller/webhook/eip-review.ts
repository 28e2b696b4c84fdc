/** Reviews of Eips. */

import type { Eip } from '../../api/eip.js';
import { problemsText } from '../../api/problem.js';
import type { Service } from '../objects/builtin-objects.js';
import { keepEip } from '../objects/own-objects.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { type EipChange, objections, subjectOf } from './eip-admission.js';
import { type Answer, type ReviewRequest, readReview, writeReview } from './review.js';

/** What reviews are judged by. */
export interface ReviewedWorld {
  readonly eips: { list(): Iterable<Eip> };
  readonly services: { list(): Iterable<Service> };
  /** What is not known yet; undefined when everything is. */
  problem(): string | undefined;
}

/**
 * What is answered to the body of a request.
 *
 * @param o.mayName whether the caller may hear what it did not say itself, such as the names of Services: it is known to be the API server
 */
export function answer(
  body: string,
  o: { readonly world: ReviewedWorld; readonly allServices: ServedUnasked; readonly mayName?: boolean },
): Answer {
  const unknown = o.world.problem();
  if (unknown !== undefined) return { status: 503, text: unknown };
  const review = readReview(body);
  if (!review.ok) return { status: 400, text: review.reason };
  const change = changeOf(review.request);
  if (change === undefined) return { status: 200, json: writeReview(review, undefined) };
  const { eips, services } = o.world;
  const { allServices, mayName = false } = o;
  const problems = objections(change, { eips: [...eips.list()], services: [...services.list()], allServices, mayName });
  const message = `Eip ${subjectOf(change)}: ${problemsText(problems)}`;
  return { status: 200, json: writeReview(review, problems.length === 0 ? undefined : { code: 422, message }) };
}

/** Undefined when it is about something that nobody here judges. */
function changeOf({ operation, resource, subResource, object, oldObject }: ReviewRequest): EipChange | undefined {
  if (resource?.resource !== 'eips' || (subResource ?? '') !== '') return undefined;
  // As caches keep them: whatever else they hold cannot stop anything.
  const [before, after] = [keepEip(oldObject), keepEip(object)];
  if (operation === 'CREATE' && after) return { operation, after };
  if (operation === 'UPDATE' && before && after) return { operation, before, after };
  // Servers before 1.15 do not say what is deleted.
  if (operation === 'DELETE' && before) return { operation, before };
  return undefined;
}
