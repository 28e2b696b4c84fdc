/**
 * Lets at most so many be at work at a time. The others wait, whoever came first goes first; but of one key only one is at work, and who
 * waits for it lets others go before. Who takes too long is taken to hang, and for some of those somebody else may begin.
 */
export interface Turns extends TurnLimits {
  /** How many are at work and do not hang. */
  working: number;
  hung: number;
  /** The keys of those at work. */
  readonly busy: Set<string>;
  readonly waiting: { readonly key: string; begin(): void }[];
}

export interface TurnLimits {
  /** At work at a time, at least 1; not counting those that hang. */
  readonly most: number;
  /** Of those that hang, so many are not counted. */
  readonly mostHung: number;
  /** After how long one hangs, in milliseconds. */
  readonly patienceMs: number;
}

type After = (ms: number, callback: () => void) => () => void;

export function newTurns(limits: TurnLimits): Turns {
  return { ...limits, working: 0, hung: 0, busy: new Set(), waiting: [] };
}

/** Does the work when it is its turn, and settles as it does. @param after calls back later; what it returns takes that back */
export async function inTurn<T>(turns: Turns, key: string, work: () => Promise<T>, after: After = afterMs): Promise<T> {
  await new Promise<void>((begin) => {
    turns.waiting.push({ key, begin });
    letBegin(turns);
  });
  let hangs = false;
  const cancel = after(turns.patienceMs, () => {
    hangs = true;
    turns.working -= 1;
    turns.hung += 1;
    letBegin(turns);
  });
  try {
    return await work();
  } finally {
    cancel();
    turns.busy.delete(key);
    if (hangs) turns.hung -= 1;
    else turns.working -= 1;
    letBegin(turns);
  }
}

/** Whoever may begin now, does. */
function letBegin(turns: Turns): void {
  const { most, mostHung, busy, waiting } = turns;
  while (turns.working < most && turns.working + turns.hung < most + mostHung) {
    const index = waiting.findIndex(({ key }) => !busy.has(key));
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) return;
    turns.working += 1;
    busy.add(next.key);
    next.begin();
  }
}

function afterMs(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
}
