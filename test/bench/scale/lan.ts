/**
 * Who leads each group, among agents without a kernel: who leads goes on, and the best of those who are there follows. It takes as long as
 * the election by adverts does, and nothing is on a wire.
 */

import type { MemberReport } from '../../../src/agent/engine/messages.js';
import type { Remembered } from '../../../src/agent/history/remembered.js';
import type { VipGroup } from '../../../src/api/vip-group.js';

/** What a member hears of its part. */
export interface Part {
  report(report: MemberReport): void;
  transition(remembered: Remembered, isMember: boolean): void;
  /** It has none any more. */
  withdraw(group: string): void;
}

interface Member extends Part {
  readonly spec: VipGroup['spec'];
  readonly priority: number;
  state: MemberReport['state'];
}

interface Contest {
  readonly members: Map<string, Member>;
  holder: string | undefined;
  electing: NodeJS.Timeout | undefined;
}

export type Lan = Map<string, Contest>;

/** Until a group without a leader has one, in milliseconds: Active_Down_Interval at 250 ms. */
const electionMs = 900;

/** A node has these groups, as they are now, and none besides. */
export function takePart(lan: Lan, node: string, groups: ReadonlyMap<string, VipGroup>, part: Part): void {
  for (const [name, { members }] of lan)
    if (members.has(node) && !groups.get(name)?.spec.members.some((each) => each.node === node)) {
      leave(lan, name, node);
      part.withdraw(name);
    }
  for (const [name, { spec }] of groups) {
    const own = spec.members.find((each) => each.node === node);
    if (own === undefined) continue;
    const contest = lan.get(name) ?? { members: new Map(), holder: undefined, electing: undefined };
    lan.set(name, contest);
    const before = contest.members.get(node);
    if (before?.spec === spec) continue;
    const state = contest.holder === node ? 'Active' : 'Backup';
    contest.members.set(node, { ...part, spec, priority: own.priority, state });
    if (before?.state !== state || state === 'Active' || before.priority !== own.priority) tell(lan, name, node);
    if (contest.holder === undefined) electSoon(lan, name, electionMs);
    else if (spec.vrrp?.yield === true && contest.holder === node) yieldTo(lan, name);
  }
}

/** In order: others follow at once. */
export function resign(lan: Lan, node: string): void {
  for (const [name, { members }] of lan) {
    const own = members.get(node);
    if (own === undefined) continue;
    own.state = 'Initialize';
    own.report({ ...reportOf(name, node, own, undefined), message: 'the agent ends' });
    leave(lan, name, node);
  }
}

/** Without a word: others follow once they have missed it. */
export function vanish(lan: Lan, node: string): void {
  for (const [name, contest] of lan) {
    if (!contest.members.delete(node) || contest.holder !== node) continue;
    contest.holder = undefined;
    electSoon(lan, name, electionMs);
  }
}

export function holderOf(lan: Lan, name: string): string | undefined {
  return lan.get(name)?.holder;
}

function leave(lan: Lan, name: string, node: string): void {
  const contest = lan.get(name)!;
  contest.members.delete(node);
  if (contest.holder === node) {
    contest.holder = undefined;
    electSoon(lan, name, 0);
  }
  if (contest.members.size === 0) {
    clearTimeout(contest.electing);
    lan.delete(name);
  }
}

function electSoon(lan: Lan, name: string, ms: number): void {
  const contest = lan.get(name);
  if (contest === undefined || contest.electing !== undefined) return;
  contest.electing = setTimeout(() => {
    contest.electing = undefined;
    if (contest.holder === undefined && contest.members.size > 0) lead(lan, name, best(contest));
  }, ms);
}

/** The leader is asked to hand over to the best. */
function yieldTo(lan: Lan, name: string): void {
  const contest = lan.get(name)!;
  const next = best(contest);
  if (next !== contest.holder) lead(lan, name, next);
}

function best({ members }: Contest): string {
  return [...members].reduce((a, b) => (b[1].priority > a[1].priority ? b : a))[0];
}

function lead(lan: Lan, name: string, node: string): void {
  const contest = lan.get(name)!;
  const former = contest.holder;
  contest.holder = node;
  for (const [other, state] of [
    [former, 'Backup'],
    [node, 'Active'],
  ] as const) {
    const member = other === undefined ? undefined : contest.members.get(other);
    if (member === undefined || member.state === state) continue;
    const { priority, state: from } = member;
    const reason = state === 'Active' ? 'active-down' : 'better-advert';
    member.transition({ at: Date.now(), group: name, from, to: state, reason, priority } as Remembered, true);
    member.state = state;
    tell(lan, name, other!);
  }
}

function tell(lan: Lan, name: string, node: string): void {
  const contest = lan.get(name)!;
  const member = contest.members.get(node)!;
  member.report(reportOf(name, node, member, contest.holder));
}

function reportOf(group: string, node: string, { state, priority, spec }: Member, holder: string | undefined) {
  return {
    group,
    ...{ state, priority, interface: 'eth0', address: addressOf(node) },
    reason: state === 'Active' ? 'active-down' : undefined,
    activeSource: holder === undefined || holder === node ? undefined : addressOf(holder),
    ...{ reasons: [], message: undefined, held: state === 'Active' ? spec.addresses : [], notHeld: [] },
  };
}

/** The n-th node's. @param node such as `n17` */
function addressOf(node: string): string {
  const n = Number(node.slice(1));
  return `10.0.${n >> 8}.${n & 255}`;
}
