/** The conditions of an Eip that say whether its addresses are announced: pure. */
import { type EipStatus, protocolOf } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import { notHeldText } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import type { EipPool } from '../cache/pools.js';
import { familyOf } from '../objects/group.js';
import type { Standing } from '../standing/contract.js';

type Condition = NonNullable<EipStatus['conditions']>[number];
export type Untimed = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** A group, and how it stands. */
export interface Led {
  readonly group: VipGroup;
  readonly standing: Standing;
}

/** An address in use that must not be announced, and what it is, as in `an address of node n1`. */
export interface Barred {
  readonly address: IpAddress;
  readonly what: string;
}

export interface View {
  readonly led: readonly Led[];
  /** Addresses that no group has, for want of virtual router IDs. */
  readonly unplaced: readonly IpAddress[];
  readonly barred: readonly Barred[];
  /** How many nodes may announce the addresses. */
  readonly eligible: number;
}

/** Reasons of conditions that say: wait a moment. Nobody is told of those. */
export const passing: ReadonlySet<string> = new Set(['Electing', 'Connecting', 'Pending']);

type Verdict = Omit<Untimed, 'type'>;

/**
 * `Announced`, and where the pool has addresses of both families `AnnouncedIPv4` and `AnnouncedIPv6`: True when every group that has
 * addresses has a leader, or, while none has any, when one is led; False when it is known that somebody is missing; else Unknown.
 *
 * @param before the conditions as they are: an election of a moment changes none of them
 */
export function announcedConditions(pool: EipPool, view: View, before: readonly Condition[]): readonly Untimed[] {
  const whole = (verdict: Verdict): Untimed => ({ ...verdict, type: 'Announced' });
  if (pool.fault !== undefined && view.led.length === 0)
    return [whole({ status: 'False', reason: pool.faultReason ?? 'InvalidSpec', message: pool.fault })];
  const families = familiesOf(pool, view);
  const [only] = families;
  const former = (type: string) => before.find((each) => each.type === type);
  if (families.length < 2) return [whole(verdictOf(pool, view, only, former('Announced')))];
  const single = families.map((family) => {
    const type = `AnnouncedIPv${family}`;
    return { type, ...verdictOf(pool, view, family, former(type)) };
  });
  return [whole(both(families, single)), ...single];
}

function familiesOf({ ranges }: EipPool, { led }: View): readonly Family[] {
  const families = [...ranges.map(({ family }) => family), ...led.flatMap(({ group }) => familyOf(group.spec) ?? [])];
  return [...new Set(families)].sort();
}

/** The worse of two, and what each says. */
function both(families: readonly Family[], verdicts: readonly Verdict[]): Verdict {
  const worst =
    verdicts.find(({ status }) => status === 'False') ??
    verdicts.find(({ status }) => status === 'Unknown') ??
    verdicts[0]!;
  if (verdicts.every(({ message }) => message === worst.message)) return worst;
  return { ...worst, message: verdicts.map(({ message }, at) => `IPv${families[at]}: ${message}`).join('; ') };
}

function verdictOf(
  pool: EipPool,
  { led, unplaced, barred, eligible }: View,
  family: Family | undefined,
  former: Condition | undefined,
): Verdict {
  // One without members is that of Local Services without a ready endpoint, which is told to them: no fault of the Eip.
  const groups = led
    .filter(
      ({ group: { spec } }) =>
        (family === undefined || familyOf(spec) === family) && (spec.members.length > 0 || eligible === 0),
    )
    // The order in which groups come to be known is another after a restart, and what is said of them is to stay.
    .sort((a, b) => (a.group.metadata.name < b.group.metadata.name ? -1 : 1));
  const used = groups.filter(({ group }) => group.spec.addresses.length > 0);
  const missing = unplaced.filter((address) => address.family === family);
  if (missing.length > 0) {
    const message = `${some(missing.map(formatIp), ', ')}: there is no virtual router ID for a group of ${missing.length === 1 ? 'it' : 'theirs'}`;
    return { status: 'False', reason: 'NoVirtualRouterId', message };
  }
  const [alien, ...more] = barred.filter(({ address }) => address.family === family);
  if (alien !== undefined) {
    const also = more.length === 0 ? '' : `, and ${more.length} more like it`;
    const message = `${formatIp(alien.address)} is not announced, because it is ${alien.what}${also}: have the Service ask for another address, and keep nodes' addresses out of spec.address`;
    return { status: 'False', reason: 'AddressOfNode', message };
  }
  const relevant = used.length > 0 ? used : groups;
  if (relevant.length === 0) return withoutGroups(pool, eligible);
  const standings = relevant.map(({ group, standing }) => ({ name: group.metadata.name, standing }));
  const of = <B extends Standing['by']>(by: B) =>
    standings.flatMap(({ name, standing }) =>
      standing.by === by ? [{ name, standing: standing as Extract<Standing, { by: B }> }] : [],
    );
  // Ahead of need one leader is enough; with addresses in use every group counts.
  if (used.length === 0 && of('node').length + of('nodes').length > 0) return announced(pool);
  for (const [by, status] of [
    ['nobody', 'False'],
    ['unknown', 'Unknown'],
  ] as const) {
    const faulty = of(by);
    const [first] = faulty;
    if (first === undefined) continue;
    const names = some(
      faulty.map(({ name }) => name),
      ', ',
    );
    return { status, reason: first.standing.reason, message: `${names}: ${first.standing.message}` };
  }
  const lacking = notHeldBy(relevant);
  if (lacking !== undefined) return lacking;
  if (of('candidates').length === 0) return announced(pool);
  if (former !== undefined) return { status: former.status, reason: former.reason, message: former.message };
  return protocolOf(pool.eip) === 'bgp'
    ? { status: 'Unknown', reason: 'Connecting', message: 'the nodes are about to tell routers' }
    : { status: 'Unknown', reason: 'Electing', message: 'the nodes are electing leaders' };
}

/** The leader of a group does not answer for all of its addresses. */
function notHeldBy(led: readonly Led[]): Verdict | undefined {
  const found = led.flatMap(({ group: { spec, status }, standing }) =>
    standing.by !== 'node'
      ? []
      : (status?.notHeld ?? [])
          .filter(({ address }) => parseIp(address) !== undefined && spec.addresses.includes(address))
          .map((each) => ({ each, node: standing.node })),
  );
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const also = others.length === 0 ? '' : `; nor ${others.length} more of its addresses`;
  const message = `nobody announces ${first.each.address}: node ${first.node} ${notHeldText(first.each)}${also}`;
  return { status: 'False', reason: first.each.reason.slice(0, 64), message };
}

function withoutGroups({ disabled, eip }: EipPool, eligible: number): Verdict {
  if (eligible === 0) {
    const message = `no node may announce the addresses of Eip ${eip.metadata.name}: give nodes the labels of its spec.nodeSelector or spec.nodeSelectors, or take the label node.kubernetes.io/exclude-from-external-load-balancers off some`;
    return { status: 'False', reason: 'NoEligibleNode', message };
  }
  if (disabled) {
    const message = 'spec.disable is true, and no address is in use';
    return { status: 'False', reason: 'Disabled', message };
  }
  return { status: 'Unknown', reason: 'Pending', message: 'its VipGroups are about to be made' };
}

function announced({ eip }: EipPool): Verdict {
  if (protocolOf(eip) === 'bgp') {
    const message = 'of each VipGroup with addresses at least one node has told a router (bgp)';
    return { status: 'True', reason: 'ByBgp', message };
  }
  const message = `the leader of each VipGroup announces its addresses (${eip.spec.protocol})`;
  return { status: 'True', reason: 'ByVrrp', message };
}

function some(texts: readonly string[], separator: string): string {
  return texts.length > 4
    ? `${texts.slice(0, 3).join(separator)}${separator}and ${texts.length - 3} more`
    : texts.join(separator);
}
