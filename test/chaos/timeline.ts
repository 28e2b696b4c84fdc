/**
 * What is the case of one address over time, and what that breaks. Pure: instants are milliseconds of one monotonic clock.
 *
 * It shares no code with the product: all it knows is what a kernel, a client and an administrator see.
 */

/** What was seen at an instant. */
export interface Sight {
  readonly at: number;
  /** The nodes that have the address on a NIC, as their kernels say. */
  readonly holders: readonly string[];
  /** The nodes whose agent runs, whose NIC is there and whose cable is whole. */
  readonly fit: readonly string[];
  /** Whether a client had an answer from the address since the sight before. */
  readonly answered: boolean;
}

/** How long something may last, in milliseconds. */
export interface Bounds {
  /** Two holders. An agent that died leaves its addresses to the kernel, which takes them off after three seconds. */
  readonly twoMs: number;
  /** No holder, and no answer, while some node was fit all the time. */
  readonly noneMs: number;
}

export interface Violation {
  readonly kind: 'two-holders' | 'no-holder' | 'no-answer';
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A rule and since when it has been broken without a break. */
interface Watch {
  since: number | undefined;
  told: boolean;
}

export interface AddressWatch {
  readonly address: string;
  readonly two: Watch;
  readonly none: Watch;
  readonly silent: Watch;
  /** Nodes that have been fit all the time since nobody held it, and since nobody answered. */
  fitSinceNone: ReadonlySet<string>;
  fitSinceSilent: ReadonlySet<string>;
}

export function watchAddress(address: string): AddressWatch {
  const watch = (): Watch => ({ since: undefined, told: false });
  return {
    address,
    two: watch(),
    none: watch(),
    silent: watch(),
    fitSinceNone: new Set(),
    fitSinceSilent: new Set(),
  };
}

/** Takes in what is seen now; returns what has lasted for too long, each once for as long as it lasts. */
export function see(watch: AddressWatch, sight: Sight, bounds: Bounds): readonly Violation[] {
  const fit = new Set(sight.fit);
  const isNobodys = sight.holders.length === 0;
  watch.fitSinceNone = isNobodys && watch.none.since !== undefined ? common(watch.fitSinceNone, fit) : fit;
  watch.fitSinceSilent = !sight.answered && watch.silent.since !== undefined ? common(watch.fitSinceSilent, fit) : fit;
  const reachable = sight.holders.filter((name) => fit.has(name));
  return [
    ...judge(watch, 'two-holders', watch.two, reachable.length > 1, sight, bounds.twoMs),
    ...judge(watch, 'no-holder', watch.none, isNobodys && watch.fitSinceNone.size > 0, sight, bounds.noneMs),
    ...judge(watch, 'no-answer', watch.silent, !sight.answered && watch.fitSinceSilent.size > 0, sight, bounds.noneMs),
  ];
}

function judge(
  { address }: AddressWatch,
  kind: Violation['kind'],
  watch: Watch,
  isBroken: boolean,
  { at, holders, fit }: Sight,
  mostMs: number,
): readonly Violation[] {
  if (!isBroken) {
    watch.since = undefined;
    watch.told = false;
    return [];
  }
  watch.since ??= at;
  if (watch.told || at - watch.since <= mostMs) return [];
  watch.told = true;
  const who = `held by ${holders.join(' and ') || 'nobody'}, fit: ${fit.join(' ') || 'no node'}`;
  return [
    { kind, from: watch.since, to: at, text: `${address}: ${kind} for ${Math.round(at - watch.since)} ms, ${who}` },
  ];
}

function common(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((one) => b.has(one)));
}
