/**
 * Whether an Eip may be created, changed or deleted. Only what a change makes wrong is refused: an Eip that was wrong before
 * can still be mended step by step, labelled, or freed of finalizers.
 */

import { defaultEipAnnotation, forceRemovalAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import { madeFromLabel } from '../../api/origin.js';
import type { Problem } from '../../api/problem.js';
import { validateEip } from '../../api/validate.js';
import { formatRange, type IpRange, overlap, parsePool, subtract } from '../../core/ip/range.js';
import type { Service } from '../objects/builtin-objects.js';
import { sameJson } from '../objects/same-json.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { occupantsOf, occupantsText } from './occupants.js';

/** What somebody wants to do. */
export type EipChange =
  | { readonly operation: 'CREATE'; readonly after: Eip }
  | { readonly operation: 'UPDATE'; readonly before: Eip; readonly after: Eip }
  | { readonly operation: 'DELETE'; readonly before: Eip };

/** What there is, as far as it is known here. */
export interface Surroundings {
  readonly eips: readonly Eip[];
  readonly services: readonly Service[];
  readonly allServices: ServedUnasked;
  /** Whether whoever asks may hear what it did not say itself: the names of Services and of other Eips, and how many there are. */
  readonly mayName: boolean;
}

/** What speaks against a change, each with its place and the remedy; nothing when it may be made. */
export function objections(change: EipChange, around: Surroundings): readonly Problem[] {
  if (change.operation === 'DELETE') return deletionProblems(change.before, around);
  const { after } = change;
  const before = change.operation === 'UPDATE' ? change.before : undefined;
  if (after.metadata.deletionTimestamp !== undefined) return [];
  if (before !== undefined && sameDefinition(before, after)) return [];
  const former = new Set((before === undefined ? [] : definitionProblems(before, around)).map(textOf));
  const fresh = definitionProblems(after, around).filter((problem) => !former.has(textOf(problem)));
  return before === undefined ? fresh : [...fresh, ...shrinkingProblems(before, after, around)];
}

/** The name of the Eip that a change is about. */
export function subjectOf(change: EipChange): string {
  return (change.operation === 'DELETE' ? change.before : change.after).metadata.name;
}

function definitionProblems(eip: Eip, around: Surroundings): readonly Problem[] {
  return [
    ...(eip.wrong ?? problemsOf(eip)),
    ...doubledProblems(eip),
    ...overlapProblems(eip, around),
    ...defaultProblems(eip, around),
  ];
}

function problemsOf(eip: Eip): readonly Problem[] {
  const valid = validateEip(eip);
  return valid.ok ? [] : valid.problems;
}

/** One address twice in a list is most likely not what was meant; it does no harm in one that is there already. */
function doubledProblems(eip: Eip): readonly Problem[] {
  const parts = textOfAddress(eip).split(',');
  if (parts.length > mostParts || !parsePool(textOfAddress(eip)).ok) return [];
  let earlier: readonly IpRange[] = [];
  for (const part of parts) {
    const ranges = rangesOfText(part);
    const common = overlap(ranges, earlier);
    if (common !== undefined) {
      const message = `holds ${formatRange(common)} twice: leave out one of them`;
      return [{ path: 'spec.address', message }];
    }
    earlier = [...earlier, ...ranges];
  }
  return [];
}

/** Of longer lists nobody is told which part is there twice. */
const mostParts = 256;

function overlapProblems(eip: Eip, around: Surroundings): readonly Problem[] {
  const ranges = rangesOf(eip);
  for (const other of others(eip, around)) {
    const common = overlap(ranges, rangesOf(other));
    if (common === undefined) continue;
    const message = around.mayName
      ? `holds ${formatRange(common)}, which belongs to Eip ${other.metadata.name} already: leave it out here or there`
      : 'holds addresses that belong to another Eip already: leave them out here or there (kubectl get eips)';
    return [{ path: 'spec.address', message }];
  }
  return [];
}

function defaultProblems(eip: Eip, around: Surroundings): readonly Problem[] {
  if (!isDefault(eip)) return [];
  // Several of MetalLB's pools may serve everybody; those that they are made into do, too, after the one default of a person.
  if (isMade(eip)) return [];
  const rival = others(eip, around).find((each) => isDefault(each) && !isMade(each));
  if (rival === undefined) return [];
  const which = around.mayName ? `Eip ${rival.metadata.name}` : 'another Eip';
  const message = `is "true", but ${which} is the default already: take the annotation off one of them`;
  return [{ path: `metadata.annotations["${defaultEipAnnotation}"]`, message }];
}

function shrinkingProblems(before: Eip, after: Eip, around: Surroundings): readonly Problem[] {
  const parsed = parsePool(textOfAddress(after));
  if (!parsed.ok || isForced(after)) return [];
  const lost = { ranges: subtract(rangesOf(before), parsed.ranges) };
  if (lost.ranges.length === 0) return [];
  const occupants = occupantsOf(lost, elsewhere(after, around), around.services, around.allServices);
  if (occupants.length === 0) return [];
  const message =
    `leaves out addresses in use: ${occupantsText(occupants, around.mayName, after)}: keep them in the list, or first delete these Services or ` +
    `move them to other addresses. The annotation ${forceRemovalAnnotation}: "true" on this Eip allows it (they keep what they have)`;
  return [{ path: 'spec.address', message }];
}

function deletionProblems(eip: Eip, around: Surroundings): readonly Problem[] {
  if (isForced(eip)) return [];
  const pool = { name: eip.metadata.name, ranges: rangesOf(eip) };
  const occupants = occupantsOf(pool, elsewhere(eip, around), around.services, around.allServices);
  if (occupants.length === 0) return [];
  const message =
    `${occupantsText(occupants, around.mayName, eip)}: first delete these Services or move them to another Eip. ` +
    `The annotation ${forceRemovalAnnotation}: "true" on this Eip allows its deletion (they get addresses of other Eips, if any fit)`;
  return [{ path: 'status.used', message }];
}

/** What other Eips hold: addresses there are not lost. */
function elsewhere(eip: Eip, around: Surroundings): readonly IpRange[] {
  return others(eip, around).flatMap(rangesOf);
}

function others({ metadata }: Eip, { eips }: Surroundings): readonly Eip[] {
  return eips.filter(
    (other) => other.metadata.name !== metadata.name && other.metadata.deletionTimestamp === undefined,
  );
}

function rangesOf(eip: Eip): readonly IpRange[] {
  return rangesOfText(textOfAddress(eip));
}

function rangesOfText(text: string): readonly IpRange[] {
  const parsed = parsePool(text);
  return parsed.ok ? parsed.ranges : [];
}

/** An object of a server without our schema may hold anything. */
function textOfAddress(eip: Eip): string {
  const address: unknown = eip.spec?.address;
  return typeof address === 'string' ? address : '';
}

function isDefault({ metadata }: Eip): boolean {
  return metadata.annotations?.[defaultEipAnnotation] === 'true';
}

function isMade({ metadata }: Eip): boolean {
  return metadata.labels?.[madeFromLabel] !== undefined;
}

function isForced({ metadata }: Eip): boolean {
  return metadata.annotations?.[forceRemovalAnnotation] === 'true';
}

function sameDefinition(a: Eip, b: Eip): boolean {
  return sameJson(a.spec, b.spec) && sameJson(a.wrong ?? [], b.wrong ?? []) && isDefault(a) === isDefault(b);
}

function textOf({ path, message }: Problem): string {
  return `${path}: ${message}`;
}
