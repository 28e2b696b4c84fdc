/**
 * How the virtual router IDs of one family on one LAN are shared among Eips. A pure function of what each needs, so that every Eip comes to
 * the same result and there is an end to giving and taking.
 */

/** What one Eip needs, or one of its parts (`parts.ts`), in groups. */
export interface Claim {
  readonly claimant: string;
  /** The groups that it has. */
  readonly existing: number;
  /** Those among them that announce an address. */
  readonly serving: number;
  /** The fewest that its addresses can do with. */
  readonly needed: number;
  /** So many that each Local address is announced from most of the nodes that have its endpoints. */
  readonly local: number;
  /** So many that the load is spread as well, as it is or is to come. */
  readonly wanted: number;
}

/** Of all IDs, the share that is used before addresses need more: for Local addresses that could share groups, and in all. */
const localShare = 0.75;
const spreadShare = 0.9;

/**
 * How many groups each Eip may have. What is needed comes first, and never goes from who has it to who lacks it; then one group for each Eip
 * that has none; then what is there and serves; then groups that are only better; each as evenly as can be.
 *
 * @param capacity how many IDs there are for all of them, >= 0
 */
export function sharesOf(claims: readonly Claim[], capacity: number): ReadonlyMap<string, number> {
  const shares = new Map(claims.map(({ claimant }) => [claimant, 0]));
  const steps: readonly [(claim: Claim) => number, number][] = [
    [({ needed, serving }) => Math.min(needed, serving), 1],
    [({ needed }) => needed, 1],
    [({ needed, wanted }) => Math.max(needed, Math.min(1, wanted)), 1],
    [({ serving }) => serving, 1],
    [({ local }) => local, localShare],
    [({ local, wanted }) => Math.max(local, wanted), spreadShare],
  ];
  for (const [target, part] of steps) raise(claims, shares, target, Math.ceil(capacity * part));
  return shares;
}

/** Raises the lowest shares first, none above its target, to `limit` in all. Among equals, whoever has a group for it keeps it. */
function raise(
  claims: readonly Claim[],
  shares: Map<string, number>,
  target: (claim: Claim) => number,
  limit: number,
): void {
  let left = limit;
  for (const share of shares.values()) left -= share;
  let open = claims.filter((claim) => shares.get(claim.claimant)! < target(claim));
  while (left > 0 && open.length > 0) {
    const level = Math.min(...open.map(({ claimant }) => shares.get(claimant)!));
    const lowest = open.filter(({ claimant }) => shares.get(claimant) === level);
    lowest.sort(
      (a, b) => Number(b.existing > level) - Number(a.existing > level) || (a.claimant < b.claimant ? -1 : 1),
    );
    for (const { claimant } of lowest.slice(0, left)) shares.set(claimant, level + 1);
    left -= Math.min(left, lowest.length);
    open = open.filter((claim) => shares.get(claim.claimant)! < target(claim));
  }
}
