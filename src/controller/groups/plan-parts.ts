/**
 * Planning the groups of an Eip part by part: what each claims of the virtual router IDs of its LAN, and what others leave. Pure, but for the
 * note it takes of IDs.
 */
import type { VipGroup } from '../../api/vip-group.js';
import type { Family } from '../../core/ip/address.js';
import { claimsOf } from '../../core/placement/claim.js';
import {
  type Demand,
  type Group,
  membershipsIn,
  type Plan,
  type Surroundings,
  weightOf,
} from '../../core/placement/group.js';
import { type Entry, type Lan, mayBeOne } from '../../core/placement/lan.js';
import { plan } from '../../core/placement/plan.js';
import { foreignIds } from '../notes/foreign-routers.js';
import { familyOf, groupOf } from '../objects/group.js';
import { claim, type Decided, type IdAllocation, type Present, restingIds, takenAround } from './id-allocation.js';
import { lanOfGroup } from './lans.js';
import { beforeMoves } from './moves.js';
import type { Part } from './parts.js';
import { othersThan, type Situation } from './situation.js';

/** The groups of each part, one part after the other: each heeds what was decided of those before. */
export function planParts(
  s: Situation,
  allocation: IdAllocation,
  parts: readonly Part[],
  demandOfPart: (part: Part) => Demand,
): {
  readonly plans: Attempt['plans'];
  readonly others: readonly string[];
} {
  const entries = parts.map((part) => ({ lan: part.lan, claims: claimsOf(part.claimant, demandOfPart(part)) }));
  const { shares, others, everywhere } = claimFor(s, allocation, entries);
  const otherGroups = groupsElsewhere(allocation, s);
  const elsewhere: Elsewhere = { leading: leadingIn(otherGroups), memberships: membershipsIn(otherGroups) };
  const attempt = (hopeless: ReadonlySet<string>): Attempt => {
    const { parts: settled, awaited } = beforeMoves(parts, hopeless);
    const decided: Decided[] = [];
    const plans = settled.map((part) => {
      const demand = demandOfPart(part);
      const share = shares.get(part.claimant)!;
      const around = surroundings(s, allocation, { part, decided, everywhere, elsewhere, share });
      const names = namesBut(new Set(demand.existing.map(({ name }) => name)), s);
      const otherNames = new Set([...names, ...decided.flatMap(({ groups }) => groups).map(({ name }) => name)]);
      const found = plan({ ...demand, otherNames }, around);
      decided.push({ lan: part.lan, groups: found.groups });
      return { part, plan: found };
    });
    const vain = plans.filter((each) => awaited.has(each.part.claimant) && each.plan.groups.length === 0);
    if (vain.length === 0) return { plans, decided };
    return attempt(new Set([...hopeless, ...vain.map(({ part }) => part.claimant)]));
  };
  const { plans, decided } = attempt(new Set());
  allocation.decided.set(s.eip, decided);
  return { plans, others };
}

interface Attempt {
  readonly plans: readonly { readonly part: Part; readonly plan: Plan }[];
  readonly decided: readonly Decided[];
}

/** What the groups of other Eips are to nodes. */
type Elsewhere = Required<Pick<Surroundings, 'leading' | 'memberships'>>;

/** What others leave for a part: other Eips, and the parts that were planned before it. */
function surroundings(
  s: Situation,
  allocation: IdAllocation,
  {
    part,
    decided,
    everywhere,
    elsewhere,
    share,
  }: {
    readonly part: Part;
    readonly decided: readonly Decided[];
    readonly everywhere: readonly Present[];
    readonly elsewhere: Elsewhere;
    readonly share: NonNullable<Surroundings['share']>;
  },
): Surroundings {
  const { lan, present } = part;
  const existing = new Set(present.map(({ metadata }) => metadata.name));
  const before = decided.flatMap(({ groups }) => groups);
  const known = new Set([...existing, ...before.map(({ name }) => name)]);
  const later = s.present.filter(({ metadata }) => !known.has(metadata.name)).map(groupOf);
  return {
    virtualRouterIds: s.virtualRouterIds,
    taken: takenAround(allocation, { eip: s.eip, lan, existing, parts: decided }, everywhere),
    foreign: foreignOn(s, allocation, everywhere, lan),
    share,
    resting: restingIds(allocation, s.now),
    leading: leadingIn([...before, ...later], elsewhere.leading),
    memberships: membershipsIn([...before, ...later], elsewhere.memberships),
    salt: s.salt,
  };
}

/** What the groups of other Eips that prefer a node as their leader weigh. */
export function leadingElsewhere(groups: Iterable<VipGroup>, eip: string): ReadonlyMap<string, number> {
  return leadingIn(othersThan(eip, groups).map(({ spec }) => spec));
}

type Peopled = Pick<Group, 'members'> & { readonly addresses: readonly unknown[] };

/** The groups of other Eips, as they were last decided, or, of Eips that were not looked at yet, as they are. */
function groupsElsewhere({ decided }: IdAllocation, { eip, groups }: Situation): readonly Peopled[] {
  const known = [...decided].flatMap(([name, parts]) => (name === eip ? [] : parts.flatMap((part) => part.groups)));
  const names = new Set(known.map(({ name }) => name));
  const others = othersThan(eip, groups).filter(({ metadata }) => !names.has(metadata.name));
  return [...known, ...others.map(({ spec }) => spec)];
}

/** @param others what they weigh beside these */
function leadingIn(groups: readonly Peopled[], others?: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const leading = new Map(others);
  for (const group of groups) {
    const first = group.members.reduce<(typeof group.members)[number] | undefined>(
      (best, each) => (best === undefined || each.priority > best.priority ? each : best),
      undefined,
    );
    if (first !== undefined) leading.set(first.node, (leading.get(first.node) ?? 0) + weightOf(group));
  }
  return leading;
}

/** Takes note of what an Eip claims, for each of its parts. */
export function claimFor(
  s: Situation,
  allocation: IdAllocation,
  entries: readonly Entry[],
): ReturnType<typeof claim> & { readonly everywhere: readonly Present[] } {
  const present = everyGroup(s, allocation);
  const foreign = (lan: Lan) => foreignOn(s, allocation, present, lan);
  const claimed = claim(allocation, s.eip, entries, { range: s.virtualRouterIds, present, foreign });
  return { ...claimed, everywhere: everyGroup(s, allocation) };
}

function namesBut(own: ReadonlySet<string>, { groups }: Situation): readonly string[] {
  return groups.map(({ metadata }) => metadata.name).filter((name) => !own.has(name));
}

/** Every group that there is, and on which LAN. */
function everyGroup({ groups, agents }: Situation, allocation: IdAllocation): readonly Present[] {
  const decided = new Map(
    [...allocation.decided.values()].flat().flatMap((part) => part.groups.map(({ name }) => [name, part] as const)),
  );
  return groups.map((object) => {
    const { eip } = object.spec;
    const entries = allocation.entries.get(eip ?? '') ?? [];
    // What was decided is of the same nodes and more, and known without asking each.
    const known = entries.length === 1 ? entries[0] : decided.get(object.metadata.name);
    const lan = known === undefined ? lanOfGroup(object, agents) : known.lan;
    return {
      name: object.metadata.name,
      virtualRouterId: object.spec.vrrp?.virtualRouterId,
      family: familyOf(object.spec),
      serves: object.spec.addresses.length > 0,
      eip,
      lan,
    };
  });
}

/** The IDs that Eips remember as those of other routers on a LAN: that of the group which had one, or of any of the Eip's where it is gone. */
function foreignOn(
  { eips, wall }: Situation,
  { entries }: IdAllocation,
  everywhere: readonly Present[],
  lan: Lan,
): Record<Family, Set<number>> {
  const lans = new Map(everywhere.map((group) => [group.name, group.lan]));
  return foreignIds(eips, wall, (group, eip) => {
    if (lans.has(group)) return mayBeOne(lan, lans.get(group));
    const own = entries.get(eip);
    return own === undefined || own.some((entry) => mayBeOne(lan, entry.lan));
  });
}
