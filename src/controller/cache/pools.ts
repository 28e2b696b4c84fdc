/** The pools that the Eips define, and what is wrong with those that define none. */
import { defaultEipAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import { isSelected } from '../../api/label-selector.js';
import { type Problem, problemsText } from '../../api/problem.js';
import { validateEip } from '../../api/validate.js';
import { formatRange, type IpRange, overlap, parsePool, subtract } from '../../core/ip/range.js';
import type { Pool } from '../../core/ipam/pool.js';

/** Why an Eip is not Ready; CamelCase, for the condition. */
export type PoolFault = 'InvalidAddress' | 'InvalidInterface' | 'InvalidProtocol' | 'InvalidSpec' | 'Overlap';

export interface EipPool extends Pool {
  readonly eip: Eip;
  readonly faultReason?: PoolFault;
  /** The older Eips that have some of its addresses. */
  readonly elders?: readonly string[];
}

/**
 * One pool per Eip that is not being deleted. Where two overlap, the older Eip (by creation, then name) has the addresses and
 * the younger one gives out nothing.
 */
export function poolsOf(eips: Iterable<Eip>): readonly EipPool[] {
  const pools: EipPool[] = [];
  const bySeniority = [...eips].filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(seniorFirst);
  for (const eip of bySeniority) pools.push(withoutOverlap(poolOfEip(eip), pools));
  return pools;
}

function poolOfEip(eip: Eip): EipPool {
  const { spec, metadata } = eip;
  const { serviceSelectors = [] } = spec;
  const problems = eip.wrong ?? problemsOf(eip);
  const parsed = parsePool(typeof spec.address === 'string' ? spec.address : '');
  return {
    eip,
    name: metadata.name,
    ranges: parsed.ok ? parsed.ranges : [],
    disabled: spec.disable === true,
    priority: spec.priority ?? 0,
    isDefault: metadata.annotations?.[defaultEipAnnotation] === 'true',
    ...(spec.namespaces === undefined ? {} : { namespaces: spec.namespaces }),
    ...(spec.namespaceSelector === undefined ? {} : { namespaceSelector: spec.namespaceSelector }),
    ...(serviceSelectors.length === 0
      ? {}
      : { selects: (labels) => serviceSelectors.some((each) => isSelected(each, labels)) }),
    ...(spec.autoAssign === false ? { namedOnly: true } : {}),
    avoidBuggyIPs: spec.avoidBuggyIPs === true,
    ...(problems.length === 0
      ? {}
      : { fault: problemsText(problems), faultReason: faultReason(problems[0]?.path ?? '') }),
  };
}

function problemsOf(eip: Eip): readonly Problem[] {
  const valid = validateEip(eip);
  return valid.ok ? [] : valid.problems;
}

function withoutOverlap(pool: EipPool, elders: readonly EipPool[]): EipPool {
  const taken: IpRange[] = [];
  const names: string[] = [];
  let fault = pool.fault;
  let reason = pool.faultReason;
  for (const elder of elders) {
    const common = overlap(pool.ranges, elder.ranges);
    if (common === undefined) continue;
    taken.push(...elder.ranges);
    names.push(elder.name);
    fault ??= `spec.address: ${formatRange(common)} belongs to Eip ${elder.name} already: leave it out here or there`;
    reason ??= 'Overlap';
  }
  if (taken.length === 0) return pool;
  return { ...pool, ranges: subtract(pool.ranges, taken), fault: fault!, faultReason: reason!, elders: names };
}

function faultReason(path: string): PoolFault {
  if (path.startsWith('spec.address')) return 'InvalidAddress';
  if (path.startsWith('spec.interface')) return 'InvalidInterface';
  return path.startsWith('spec.protocol') ? 'InvalidProtocol' : 'InvalidSpec';
}

function seniorFirst({ metadata: a }: Eip, { metadata: b }: Eip): number {
  const [x, y] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  if (x !== y) return x < y ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
