/** The flags `--vrid-range` and `--reserved-vrids`. */
import type { VirtualRouterIdRange } from '../core/placement/group.js';

/** `1-255`; undefined for anything else. */
export function parseIdRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const match = /^\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && first <= last && last <= 255 ? { first, last } : undefined;
}

/** `1,10-12`, perhaps empty; undefined for anything else. */
export function parseIdList(text: string): ReadonlySet<number> | undefined {
  const ids = new Set<number>();
  if (text.trim() === '') return ids;
  for (const part of text.split(',')) {
    const range = parseIdRange(part);
    if (range === undefined) return undefined;
    for (let id = range.first; id <= range.last; id++) ids.add(id);
  }
  return ids;
}

export function idRangeProblem(text: string): string | undefined {
  return parseIdRange(text) === undefined
    ? 'not a range of virtual router IDs: use FIRST-LAST within 1-255'
    : undefined;
}

export function idListProblem(text: string): string | undefined {
  return parseIdList(text) === undefined
    ? 'not a list of virtual router IDs: use numbers and ranges within 1-255, like 1,10-12'
    : undefined;
}

/** The IDs that groups may have, from the texts of both flags, which have been checked. */
export function idsOf(range: string, reserved: string): VirtualRouterIdRange {
  return { ...parseIdRange(range)!, reserved: parseIdList(reserved)! };
}
