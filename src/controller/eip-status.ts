/** The status of an Eip: a view, computed from the pool and from who holds its addresses. */
import type { EipStatus } from '../api/eip.js';
import type { VipGroup } from '../api/vip-group.js';
import { compareIp, formatIp, type IpAddress } from '../core/ip/address.js';
import type { IpRange } from '../core/ip/range.js';
import { capacity } from '../core/ipam/pool.js';
import { announcedConditions, type Led, type Untimed } from './announced-condition.js';
import type { Assignment } from './assignments.js';
import type { EipPool } from './pools.js';

type Condition = NonNullable<EipStatus['conditions']>[number];

/** How many characters of `used` are written at most, so that the object stays far below what etcd takes (1.5 MiB). */
const usedBudget = 256 * 1024;

/**
 * @param before the status as it is: the times of conditions that did not change are kept
 * @param now RFC 3339, for those that did
 * @param view.led the groups of the Eip, each with how it stands
 * @param view.unplaced addresses that no group has, for want of virtual router IDs
 * @param view.eligible how many nodes may announce the addresses
 */
export function eipStatus(
  pool: EipPool,
  assignments: Iterable<Assignment>,
  before: EipStatus | undefined,
  now: string,
  view: { readonly led: readonly Led[]; readonly unplaced: readonly IpAddress[]; readonly eligible: number },
): EipStatus {
  const { used, usage, complete } = usedMap(assignments);
  const size = capacity(pool);
  const first = pool.ranges[0];
  const last = pool.ranges.at(-1);
  const status: EipStatus = {
    occupied: size > 0n && BigInt(usage) >= size,
    usage,
    poolSize: Number(size < maxSafe ? size : maxSafe),
    used,
    ...(first === undefined ? {} : { firstIP: endText(first, first.first), v4: first.family === 4 }),
    ...(last === undefined ? {} : { lastIP: endText(last, last.last) }),
    ready: pool.fault === undefined,
    ...holdersOf(view.led.map(({ group }) => group)),
  };
  const announced = announcedConditions(pool, view, before?.conditions ?? []);
  const conditions = [readyCondition(pool), ...announced, ...(complete ? [] : [incomplete])];
  return { ...status, conditions: conditions.map((condition) => timed(condition, before, pool, now)) };
}

/** By group, in the order of their numbers; absent when no group has a holder. */
function holdersOf(groups: Iterable<VipGroup>): Pick<EipStatus, 'holders'> {
  const led = [...groups].flatMap(({ metadata: { name }, status }): [string, string][] =>
    status?.holder === undefined ? [] : [[name, status.holder]],
  );
  if (led.length === 0) return {};
  return { holders: Object.fromEntries(led.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))) };
}

function readyCondition(pool: EipPool): Untimed {
  if (pool.fault !== undefined) {
    return { type: 'Ready', status: 'False', reason: pool.faultReason ?? 'InvalidSpec', message: pool.fault };
  }
  if (pool.disabled) {
    const message = 'spec.disable is true: addresses in use stay, no new ones are given out';
    return { type: 'Ready', status: 'False', reason: 'Disabled', message };
  }
  return { type: 'Ready', status: 'True', reason: 'Valid', message: 'addresses are given out' };
}

const incomplete: Untimed = {
  type: 'Complete',
  status: 'False',
  reason: 'TooMany',
  message: 'status.used lists only the first addresses, to keep this object small; status.usage counts all',
};

function timed(condition: Untimed, before: EipStatus | undefined, pool: EipPool, now: string): Condition {
  const former = before?.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = former?.status === condition.status ? former.lastTransitionTime : now;
  const { generation } = pool.eip.metadata;
  return { ...condition, lastTransitionTime, ...(generation === undefined ? {} : { observedGeneration: generation }) };
}

function usedMap(assignments: Iterable<Assignment>): {
  used: Record<string, string>;
  usage: number;
  complete: boolean;
} {
  const users = new Map<string, { address: IpAddress; keys: string[] }>();
  for (const { address, holding } of assignments) {
    const text = formatIp(address);
    const entry = users.get(text);
    if (entry === undefined) users.set(text, { address, keys: [holding.key] });
    else entry.keys.push(holding.key);
  }
  const used: Record<string, string> = {};
  let budget = usedBudget;
  for (const [text, { keys }] of [...users].sort(([, a], [, b]) => compareIp(a.address, b.address))) {
    const value = keys.sort().join(';');
    budget -= text.length + value.length + 6;
    if (budget < 0) return { used, usage: users.size, complete: false };
    used[text] = value;
  }
  return { used, usage: users.size, complete: true };
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

function endText({ family }: IpRange, value: bigint): string {
  return formatIp({ family, value });
}
