/** Annotations of Eips that do nothing. Pure. That of rebalancing is judged where it is acted upon. */
import { annotationProblem, quoted, saysNo } from '../../api/annotation-keys.js';
import { defaultEipAnnotation, forceRemovalAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import { originAnnotation } from '../../api/origin.js';
import type { EipPool } from '../cache/pools.js';
import { mostWarnings, type Warning } from '../events/warnings.js';

export function eipWarnings({ metadata: { annotations = {} } }: Pick<Eip, 'metadata'>): readonly Warning[] {
  const values = switches.flatMap(([name, consequence]): Warning[] => {
    const value = annotations[name];
    if (value === undefined || value === 'true' || saysNo(value)) return [];
    const message = `annotation ${name} is ${quoted(value)}, so ${consequence}: write "true", or take it off`;
    return [{ reason: 'InvalidAnnotation', message }];
  });
  const keys = Object.keys(annotations)
    .sort()
    .flatMap((key): Warning[] => {
      const message = annotationProblem(key, 'Eip');
      return message === undefined ? [] : [{ reason: 'UnknownAnnotation', message }];
    });
  return [...values, ...keys].slice(0, mostWarnings);
}

/** Of an Eip that has addresses which younger ones have, too: it is said on both. */
export function overlapWarnings(
  name: string,
  pools: readonly Pick<EipPool, 'name' | 'eip' | 'elders'>[],
): readonly Warning[] {
  return pools
    .filter(({ elders }) => elders?.includes(name))
    .slice(0, mostWarnings)
    .map((younger) => {
      const origin = younger.eip.metadata.annotations?.[originAnnotation];
      const madeFrom = origin === undefined ? '' : `, made from ${origin},`;
      const message = `Eip ${younger.name}${madeFrom} has addresses of this one, too, and gives out nothing for that: leave them out here or there`;
      return { reason: 'Overlap', message };
    });
}

const switches = [
  [defaultEipAnnotation, 'the Eip is not the default'],
  [forceRemovalAnnotation, 'the Eip is protected as ever'],
] as const;
