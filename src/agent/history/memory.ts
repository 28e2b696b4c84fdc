/** The changes of state that an agent remembers: so many, whatever happens. */
import type { Remembered } from './remembered.js';

/** In all: some 60 KB, and each group of a node with 500 once. Of one group that goes back and forth no more than its share. */
const most = { all: 512, ofOne: 32 };

export interface History {
  remember(transition: Remembered): void;
  /** The oldest first. */
  all(): readonly Remembered[];
}

/** What is too much goes with the oldest: of the group where that has more than its share, else of all. */
export function createHistory(bounds: Readonly<typeof most> = most): History {
  let entries: readonly Remembered[] = [];
  return {
    remember(transition) {
      const { group } = transition;
      const own = entries.filter((each) => each.group === group);
      const surplus = own.length >= bounds.ofOne ? own[0] : entries.length >= bounds.all ? entries[0] : undefined;
      entries = [...entries.filter((each) => each !== surplus), transition];
    },
    all: () => entries,
  };
}
