/** Where VipGroups come from: the API server, or a directory. */
import type { VipGroup } from '../../api/vip-group.js';

export interface GroupSource {
  /** The newest version of a group, status included, where the source has one. */
  latest(name: string): VipGroup | undefined;
  /** Stops looking; nothing is handed over afterwards. */
  stop(): Promise<void>;
  /** That the source is out of touch, since when and why; undefined while what was handed over is what it has. */
  problem(): string | undefined;
  /** What it has that is not followed because it is wrong, each in a sentence. */
  refused(): readonly string[];
  /** How long ago it said something last, in milliseconds; undefined before that. */
  silentMs(): number | undefined;
}

/**
 * Takes in the whole set of groups each time it has changed. Every group is valid. `files` says where each group stands, of a source in which
 * somebody wrote them by hand.
 */
export type GroupSink = (groups: ReadonlyMap<string, VipGroup>, files?: ReadonlyMap<string, string>) => void;
