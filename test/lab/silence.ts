/** One question to an address. Instants are microseconds of one monotonic clock. */
export interface Probe {
  readonly sentAt: number;
  /** Absent when nobody answered. */
  readonly answeredAt?: number;
  /** The host that answered. */
  readonly by?: string;
}

/** A run of unanswered probes. */
export interface Silence {
  /** When the last answered probe before it was sent; the first lost one when none was answered before. */
  readonly from: number;
  /** When the first answered probe after it was sent; absent while the silence lasts. */
  readonly to?: number;
  /** Who answered before and after. */
  readonly before?: string;
  readonly after?: string;
  readonly lost: number;
}

/**
 * The silences in a record of probes, in the order they were sent. Instants are those of sending, because an answer may be late for
 * reasons of the answerer's; so a silence is known to within the distance of two probes, and never taken for shorter than it was.
 */
export function silencesOf(probes: readonly Probe[]): readonly Silence[] {
  const silences: Silence[] = [];
  let lastAnswered: Probe | undefined;
  let lost: Probe[] = [];
  for (const probe of probes) {
    if (probe.answeredAt === undefined) {
      lost.push(probe);
      continue;
    }
    if (lost.length > 0) silences.push(silence(lost, lastAnswered, probe));
    lost = [];
    lastAnswered = probe;
  }
  if (lost.length > 0) silences.push(silence(lost, lastAnswered, undefined));
  return silences;
}

/**
 * Every silence as one, from the first lost probe to the last: what a user calls the outage, although a few probes may have been
 * answered meanwhile. Undefined when nothing was lost.
 */
export function outageOf(probes: readonly Probe[]): Silence | undefined {
  const silences = silencesOf(probes);
  const [first, last] = [silences[0], silences.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    from: first.from,
    ...(last.to === undefined ? {} : { to: last.to }),
    ...(first.before === undefined ? {} : { before: first.before }),
    ...(last.after === undefined ? {} : { after: last.after }),
    lost: silences.reduce((sum, { lost }) => sum + lost, 0),
  };
}

/** How long a silence lasted, in microseconds; infinite while it lasts. */
export function lengthOf(silence: Silence): number {
  return (silence.to ?? Number.POSITIVE_INFINITY) - silence.from;
}

function silence(lost: readonly Probe[], before: Probe | undefined, after: Probe | undefined): Silence {
  return {
    from: (before ?? lost[0]!).sentAt,
    ...(after === undefined ? {} : { to: after.sentAt }),
    ...(before?.by === undefined ? {} : { before: before.by }),
    ...(after?.by === undefined ? {} : { after: after.by }),
    lost: lost.length,
  };
}
