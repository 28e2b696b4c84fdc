/** AdmissionReview, in and out (admission.k8s.io/v1 and v1beta1, which agree in what is used here). */
import type { Eip } from '../../api/eip.js';
import { type Problem, problemsText } from '../../api/problem.js';
import { cut } from '../../api/shown.js';
import { keepEip } from '../objects/own-objects.js';
import { type EipChange, subjectOf } from './eip-admission.js';

export type Review =
  | { readonly ok: true; readonly apiVersion: string; readonly uid: string; readonly change: EipChange | undefined }
  | { readonly ok: false; readonly reason: string };

/** Reads a request. `change` is undefined when it is about something that nobody here judges. */
export function readReview(body: string): Review {
  let review: {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly request?: {
      readonly uid?: unknown;
      readonly operation?: unknown;
      readonly resource?: { readonly resource?: unknown };
      readonly subResource?: unknown;
      readonly object?: unknown;
      readonly oldObject?: unknown;
    };
  } | null;
  try {
    review = JSON.parse(body);
  } catch (error) {
    return { ok: false, reason: `the body is not JSON: ${cut((error as Error).message, 128)}` };
  }
  const { apiVersion, kind, request } = review ?? {};
  const known = apiVersion === 'admission.k8s.io/v1' || apiVersion === 'admission.k8s.io/v1beta1';
  if (!known || kind !== 'AdmissionReview') {
    return { ok: false, reason: 'the body is not an AdmissionReview of admission.k8s.io/v1 or v1beta1' };
  }
  if (typeof request?.uid !== 'string' || request.uid === '') return { ok: false, reason: 'request.uid is missing' };
  const ours = request.resource?.resource === 'eips' && (request.subResource ?? '') === '';
  return { ok: true, apiVersion, uid: request.uid, change: ours ? changeOf(request) : undefined };
}

function changeOf(o: { operation?: unknown; object?: unknown; oldObject?: unknown }): EipChange | undefined {
  const [before, after] = [eipOf(o.oldObject), eipOf(o.object)];
  if (o.operation === 'CREATE' && after) return { operation: 'CREATE', after };
  if (o.operation === 'UPDATE' && before && after) return { operation: 'UPDATE', before, after };
  // Servers before 1.15 do not say what is deleted.
  if (o.operation === 'DELETE' && before) return { operation: 'DELETE', before };
  return undefined;
}

/** As caches keep it: whatever else it holds cannot stop anything. */
function eipOf(value: unknown): Eip | undefined {
  return keepEip(value);
}

/** The answer: yes without objections, else no with all of them. */
export function writeReview(
  review: { readonly apiVersion: string; readonly uid: string; readonly change?: EipChange | undefined },
  problems: readonly Problem[],
): object {
  const subject = review.change === undefined ? '' : `Eip ${subjectOf(review.change)}: `;
  const refusal = {
    allowed: false,
    status: { code: 422, reason: 'Invalid', message: subject + problemsText(problems) },
  };
  const verdict = problems.length === 0 ? { allowed: true } : refusal;
  return { apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.uid, ...verdict } };
}
