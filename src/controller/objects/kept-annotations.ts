/**
 * What caches keep of annotations: those that are read, and the names of those that were meant for us and do nothing. Who may write one
 * object may write 256 KiB of them, as often as they like.
 */
import { type AnnotatedKind, annotationProblem } from '../../api/annotation-keys.js';
import { eipName, longestAnnotation, mostNamedEips, optInAnnotation } from '../../api/annotations.js';
import { metallbAnnotations, readAnnotations } from '../../api/metallb-annotations.js';
import type { Problem } from '../../api/problem.js';
import { shown } from '../../api/shown.js';

type Annotations = Readonly<Record<string, string>>;

/** Of many annotations only so many names are looked at, and so many told of. */
const mostLookedAt = 128;
const mostStrays = 8;

/** The annotations of a Service, and what is wrong with them: one that is too long is not kept. */
export function serviceAnnotationsOf(object: unknown): {
  readonly annotations: Annotations;
  readonly wrong: readonly Problem[];
} {
  const found = annotationsOf(object);
  const annotations: Record<string, string> = strays(found, 'Service');
  const wrong: Problem[] = [];
  if (found === undefined || found === null) return { annotations, wrong };
  if (typeof found !== 'object') {
    wrong.push({ path: 'metadata.annotations', message: `is ${shown(found)}: it must be of type object` });
    return { annotations, wrong };
  }
  for (const key of readAnnotations) {
    const value = Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : undefined;
    if (value === undefined || value === null) continue;
    const message = typeof value === 'string' ? excess(key, value) : `is ${shown(value)}: it must be of type string`;
    if (message === undefined) annotations[key] = value as string;
    // On a Service that says whose it is MetalLB's do not count.
    else if (!metallbAnnotations.includes(key) || !Object.hasOwn(found, optInAnnotation))
      wrong.push({ path: `metadata.annotations["${key}"]`, message });
  }
  return { annotations, wrong };
}

/** What `metadata.annotations` of an object is, if it has metadata. */
export function annotationsOf(object: unknown): unknown {
  return (object as { metadata?: { annotations?: unknown } | null } | null)?.metadata?.annotations;
}

/** Names that were meant for us and do nothing; of their values nothing is kept. */
export function strays(found: unknown, kind: AnnotatedKind): Record<string, string> {
  const kept: Record<string, string> = {};
  if (typeof found !== 'object' || found === null) return kept;
  let looked = 0;
  for (const key in found) {
    looked += 1;
    if (looked > mostLookedAt || Object.keys(kept).length === mostStrays) break;
    if (annotationProblem(key, kind) !== undefined) kept[key] = '';
  }
  return kept;
}

function excess(key: string, value: string): string | undefined {
  if (value.length > longestAnnotation)
    return `has ${value.length} characters: at most ${longestAnnotation} are read: shorten it`;
  const named = key === eipName ? new Set(value.split(',')).size : 0;
  return named > mostNamedEips ? `names ${named} Eips: at most ${mostNamedEips} are read: name fewer` : undefined;
}
