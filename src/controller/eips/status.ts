/** The status of an Eip: a view, computed from the pool and from who holds its addresses. */
import type { EipStatus } from '../../api/eip.js';
import { compareIp, formatIp, type IpAddress } from '../../core/ip/address.js';
import { formatRange, type IpRange } from '../../core/ip/range.js';
import { type Exclusions, exclusionOf, exclusionsIn, isUnannounceable, leftOut } from '../../core/ipam/exclusions.js';
import { capacity } from '../../core/ipam/pool.js';
import type { EipPool } from '../cache/pools.js';
import type { Assignment } from '../context/assignments.js';
import { conditionType, type Following } from '../context/following.js';
import { announcersText } from '../events/announcement.js';
import { announcedConditions, type Barred, type Led, type Untimed } from './announced-condition.js';

type Condition = NonNullable<EipStatus['conditions']>[number];

/** How many characters of `used` are written at most, so that the object stays far below what etcd takes (1.5 MiB). */
const usedBudget = 256 * 1024;

/**
 * @param before the status as it is: the times of conditions that did not change are kept
 * @param now RFC 3339, for those that did
 * @param view.led the groups of the Eip, each with how it stands
 * @param view.unplaced addresses that no group has, for want of virtual router IDs
 * @param view.eligible how many nodes may announce the addresses
 * @param view.exclusions addresses that are nobody's to have
 * @param view.following of one that is made from another load balancer's object
 */
export function eipStatus(
  pool: EipPool,
  assignments: Iterable<Assignment>,
  before: EipStatus | undefined,
  now: string,
  view: {
    readonly led: readonly Led[];
    readonly unplaced: readonly IpAddress[];
    readonly eligible: number;
    readonly exclusions: Exclusions;
    readonly following?: Following | undefined;
  },
): EipStatus {
  const users = usersOf(assignments);
  const { used, usage, complete } = usedMap(users);
  const { exclusions } = view;
  const size = capacity(pool);
  const out = leftOut(pool, exclusions);
  const usedAndOut = [...users.values()].filter(({ address }) => exclusionOf(exclusions, address) !== undefined).length;
  const first = pool.ranges[0];
  const last = pool.ranges.at(-1);
  const status: EipStatus = {
    occupied: size > 0n && BigInt(usage - usedAndOut) + out >= size,
    usage,
    poolSize: Number(size < maxSafe ? size : maxSafe),
    ...leftOutOf(pool, exclusions, out),
    used,
    ...(first === undefined ? {} : { firstIP: endText(first, first.first), v4: first.family === 4 }),
    ...(last === undefined ? {} : { lastIP: endText(last, last.last) }),
    ready: pool.fault === undefined,
    ...holdersOf(view.led),
  };
  const barred = barredOf(users.values(), exclusions);
  const announced = announcedConditions(pool, { ...view, barred }, before?.conditions ?? []);
  const origin = view.following === undefined ? [] : [{ type: conditionType, ...view.following }];
  const conditions = [readyCondition(pool), ...announced, ...origin, ...(complete ? [] : [incomplete])];
  return { ...status, conditions: conditions.map((condition) => timed(condition, before, pool, now)) };
}

/** How many are named. */
const mostNamed = 64;

function leftOutOf(
  pool: EipPool,
  exclusions: Exclusions,
  count: bigint,
): Pick<EipStatus, 'leftOut' | 'leftOutAddresses'> {
  if (count === 0n) return {};
  const named = new Map<string, string>();
  for (const { range, what } of exclusionsIn(pool, exclusions, mostNamed)) {
    const text = formatRange(range);
    if (!named.has(text)) named.set(text, what);
  }
  return { leftOut: Number(count < maxSafe ? count : maxSafe), leftOutAddresses: Object.fromEntries(named) };
}

/** Addresses in use that are not announced, since they turned out to be a node's. */
function barredOf(users: Iterable<User>, exclusions: Exclusions): readonly Barred[] {
  return [...users].flatMap(({ address }) => {
    const exclusion = exclusionOf(exclusions, address);
    return exclusion !== undefined && isUnannounceable(exclusion.kind) ? [{ address, what: exclusion.what }] : [];
  });
}

/** By group, in the order of their numbers; absent when no group has a holder. */
function holdersOf(all: Iterable<Led>): Pick<EipStatus, 'holders'> {
  const led = [...all].flatMap(({ group: { metadata, status }, standing }): [string, string][] => {
    const holder = standing.by === 'nodes' ? announcersText(standing) : status?.holder;
    return holder === undefined ? [] : [[metadata.name, holder]];
  });
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

interface User {
  readonly address: IpAddress;
  readonly keys: string[];
}

/** By address, as text. */
function usersOf(assignments: Iterable<Assignment>): ReadonlyMap<string, User> {
  const users = new Map<string, User>();
  for (const { address, holding } of assignments) {
    const text = formatIp(address);
    const entry = users.get(text);
    if (entry === undefined) users.set(text, { address, keys: [holding.key] });
    else entry.keys.push(holding.key);
  }
  return users;
}

function usedMap(users: ReadonlyMap<string, User>): {
  used: Record<string, string>;
  usage: number;
  complete: boolean;
} {
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
