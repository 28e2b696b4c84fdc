/**
 * Members of last resort lead only while no ordinary member does: nodes that are cordoned or not Ready. They keep the priority that
 * placement gave them, so nothing has to be remembered or moved when they are ordinary again; this is what they take part with meanwhile.
 */
export interface Candidate {
  readonly node: string;
  /** 1 to 255, never equal within a group. */
  readonly priority: number;
  /** Why it is one of last resort; absent for an ordinary member. */
  readonly lastResort?: string;
}

export interface Ranking {
  /** By node. Those of last resort rank below all others; among each other both kinds keep their order. */
  readonly priorities: ReadonlyMap<string, number>;
  /** Who has this priority or a lower one is of last resort; 0 when nobody is. */
  readonly lastResorts: number;
  /** All are of last resort, so that none ranks below another for it; but whoever leads goes on, since no other is better. */
  readonly forsaken: boolean;
}

/**
 * The priorities with which the members of a group take part in its election. A member's low priority does not depend on which others are of last resort, so that members who hear of a change at
 * different times never have the same one.
 */
export function rankMembers(members: readonly Candidate[]): Ranking {
  const ordinary = members.filter(({ lastResort }) => lastResort === undefined);
  if (ordinary.length === 0 || ordinary.length === members.length) {
    const priorities = new Map(members.map(({ node, priority }) => [node, priority]));
    return { priorities, lastResorts: 0, forsaken: ordinary.length === 0 };
  }
  const ascending = [...members].sort((a, b) => a.priority - b.priority);
  const lastResorts = Math.min(members.length, highest - ordinary.length);
  const priorities = new Map<string, number>();
  let below = lastResorts;
  for (const [at, { node, priority, lastResort }] of ascending.entries()) {
    if (lastResort !== undefined) priorities.set(node, Math.min(at + 1, lastResorts));
    else {
      below = Math.max(priority, below + 1);
      priorities.set(node, below);
    }
  }
  return { priorities, lastResorts, forsaken: false };
}

/** 255 belongs to an owner of the addresses (RFC 9568 section 6.1). */
const highest = 254;
