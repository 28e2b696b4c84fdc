/** Where VipGroups come from: the API server, or a directory. */
import type { VipGroup } from '../api/vip-group.js';

export interface GroupSource {
  /** The newest version of a group, status included, where the source has one. */
  latest(name: string): VipGroup | undefined;
  /** Stops looking; nothing is handed over afterwards. */
  stop(): Promise<void>;
  /** What is wrong with the source at present, for the health endpoint; undefined when it is in touch. */
  problem(): string | undefined;
}

/** Takes in the whole set of groups each time it has changed. Every group is valid. */
export type GroupSink = (groups: ReadonlyMap<string, VipGroup>) => void;
