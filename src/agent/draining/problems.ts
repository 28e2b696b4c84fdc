/** Why connections are not kept: on this node, or of a group. */
import type { TableFamily } from '../../platform/linux/nftables/message.js';
import { familyOfTable, type Wanted } from './contents.js';
import type { DrainingProblem } from './contract.js';
import { offLinkFault } from './neighbors.js';
import type { DrainedGroup } from './state.js';

/** Why the table of a family is not as it is to be. */
export type Faults = ReadonlyMap<TableFamily, DrainingProblem>;

export interface Problems {
  /** What holds for all groups of the node. */
  readonly hindrance: DrainingProblem | undefined;
  readonly faults: Faults;
  readonly wanted: Pick<Wanted, 'offLink'> | undefined;
}

/** Why connections are not kept on this node; of several reasons one. */
export function problemOf({ hindrance, faults, wanted }: Problems): DrainingProblem | undefined {
  const [fault] = faults.values();
  const [offLink] = wanted?.offLink.values() ?? [];
  return hindrance ?? fault ?? (offLink === undefined ? undefined : offLinkFault(offLink));
}

/**
 * Why those of a group are not kept: what is wrong with others is not its own. One without addresses has no family, and nothing to keep; and so has
 * one that did not ask where nothing translates.
 */
export function groupProblem(
  { hindrance, faults, wanted }: Problems,
  name: string,
  { addresses: [address], isSaid }: DrainedGroup,
): DrainingProblem | undefined {
  const fault = address === undefined ? undefined : faults.get(familyOfTable(address));
  const offLink = wanted?.offLink.get(name);
  const problem = hindrance ?? fault ?? (offLink === undefined ? undefined : offLinkFault(offLink));
  return !isSaid && problem?.reason === 'NoTranslation' ? undefined : problem;
}

export function sameFaults(a: Faults, b: Faults): boolean {
  return a.size === b.size && [...a].every(([family, { message }]) => b.get(family)?.message === message);
}
