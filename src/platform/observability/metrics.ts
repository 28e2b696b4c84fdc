/**
 * A registry of counters, gauges and histograms, and their text in the Prometheus exposition format 0.0.4.
 *
 * It exists because the usual client costs the agent 10 MB: what is left out is default process metrics.
 *
 * What a label says may come from objects and from the network. However much of that there is, a family has at most `mostSeries` series;
 * what came too late is counted by `seriesLeftOut`.
 */
export type Labels = Readonly<Record<string, string | number>>;

/** Labels as they are written, of series that are many and shown at each scrape: writing them is most of what a series costs. */
export class WrittenLabels {
  readonly text: string;

  constructor(labels: Labels) {
    this.text = labelText(labels);
  }
}

export interface Metric {
  /** Adds `by` (default 1) to the series with these labels. */
  add(labels?: Labels, by?: number): void;
  /** Sets the series with these labels; for gauges, and for counters that somebody else counts. */
  set(labels: Labels, value: number): void;
  /** Forgets every series; for gauges whose label values come and go. */
  clear(): void;
}

/** Many series at once, in place of those before. */
export interface Column {
  /**
   * @param labels of each series, all different; the cheaper the more of them are those of the call before, in the same place; where both
   * lists are what they were, next to nothing
   * @param values as many; nobody changes them afterwards
   */
  show(labels: readonly WrittenLabels[], values: Float64Array): void;
}

export interface Metrics {
  /** A number that only grows; the name ends in `_total`. */
  counter(name: string, help: string): Metric;
  gauge(name: string, help: string): Metric;
  /** A counter or a gauge with a series for each of very many things. */
  column(type: 'counter' | 'gauge', name: string, help: string): Column;
  /** How often a value lay in which bucket. @param bounds the upper bounds of the buckets but the last, ascending */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** Runs before each `text()`, to bring gauges up to date. */
  beforeText(collect: () => void | Promise<void>): void;
  text(): Promise<string>;
}

export interface Histogram {
  /** Counts a value, in the unit that the name ends in. */
  observe(value: number, labels?: Labels): void;
  /** All that somebody else counted so far, by bucket (one more than there are bounds), and the sum of the values. */
  set(counts: readonly number[], sum: number, labels?: Labels): void;
}

/** Of one family: a thousand groups have three of `openelb_group_state` each. */
export const mostSeries = 20_000;

/** The gauge that every registry has. */
export const seriesLeftOut = {
  name: 'openelb_metric_series_left_out',
  help: 'Figures that are not shown, because there are more series of their name than are shown.',
} as const;

/** What is written of one family. */
interface Family {
  readonly head: string;
  /** Series that were not taken in since it was last cleared. */
  leftOut(): number;
  /** Appends a line for each series. */
  write(lines: string[]): void;
}

const namePattern = /^[a-z][a-z0-9_]*$/;

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const collectors: (() => void | Promise<void>)[] = [];
  const register = <T extends Family>(type: string, name: string, help: string, make: (head: string) => T): T => {
    if (!namePattern.test(name) || families.has(name)) throw new Error(`metric ${name} is misnamed or defined twice`);
    const words = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    const family = make(`# HELP ${name} ${words}\n# TYPE ${name} ${type}`);
    families.set(name, family);
    return family;
  };
  const text = async () => {
    for (const collect of collectors) await collect();
    leftOut.set(
      {},
      [...families.values()].reduce((sum, family) => sum + family.leftOut(), 0),
    );
    const lines: string[] = [];
    for (const family of families.values()) {
      lines.push(family.head);
      family.write(lines);
    }
    return `${lines.join('\n')}\n`;
  };
  const gauge: Metrics['gauge'] = (name, help) => register('gauge', name, help, (head) => metric(name, head));
  const leftOut = gauge(seriesLeftOut.name, seriesLeftOut.help);
  return {
    counter: (name, help) => register('counter', name, help, (head) => metric(name, head)),
    gauge,
    column: (type, name, help) => register(type, name, help, (head) => column(name, head)),
    histogram: (name, help, bounds) => register('histogram', name, help, (head) => histogram(name, head, bounds)),
    beforeText: (collect) => {
      collectors.push(collect);
    },
    text,
  };
}

/** By what follows the name: the labels. */
interface Series<T> {
  readonly of: Map<string, T>;
  leftOut: number;
}

/** Whether there is a place for it. */
function isTakenIn(series: Series<unknown>, key: string): boolean {
  if (series.of.size < mostSeries || series.of.has(key)) return true;
  series.leftOut += 1;
  return false;
}

/** One figure, and its line: most are what they were at the last scrape. */
interface Figure {
  value: number;
  line: string;
  /** When it was set last, in clearings. */
  round: number;
}

function metric(name: string, head: string): Metric & Family {
  const series: Series<Figure> = { of: new Map(), leftOut: 0 };
  let round = 0;

  function put(key: string, valueFor: (before: number) => number): void {
    const figure = series.of.get(key);
    if (figure === undefined) {
      if (series.of.size >= mostSeries) forgetCleared();
      if (!isTakenIn(series, key)) return;
      const value = valueFor(0);
      series.of.set(key, { value, line: `${name}${key} ${valueText(value)}`, round });
      return;
    }
    const value = valueFor(figure.round === round ? figure.value : 0);
    if (!Object.is(value, figure.value)) {
      figure.value = value;
      figure.line = `${name}${key} ${valueText(value)}`;
    }
    figure.round = round;
  }

  function forgetCleared(): void {
    for (const [key, figure] of series.of) if (figure.round !== round) series.of.delete(key);
  }

  return {
    head,
    add: (labels = {}, by = 1) => put(labelText(labels), (before) => before + by),
    set: (labels, value) => put(labelText(labels), () => value),
    clear: () => {
      round += 1;
      series.leftOut = 0;
    },
    leftOut: () => series.leftOut,
    write: (lines) => {
      forgetCleared();
      for (const { line } of series.of.values()) lines.push(line);
    },
  };
}

function column(name: string, head: string): Column & Family {
  let shown: readonly WrittenLabels[] = [];
  let figures: Float64Array = new Float64Array();
  /** Most figures are what they were at the last scrape. */
  const lines: string[] = [];
  /** All lines; undefined: some have changed since they were joined. */
  let written: string | undefined = '';
  let leftOut = 0;
  return {
    head,
    show(labels, values) {
      if (labels === shown && sameFigures(values, figures)) return;
      const count = Math.min(labels.length, mostSeries);
      leftOut = labels.length - count;
      lines.length = Math.min(lines.length, count);
      for (let at = 0; at < count; at += 1) {
        const value = values[at]!;
        if (labels[at] === shown[at] && Object.is(value, figures[at])) continue;
        lines[at] = `${name}${labels[at]!.text} ${valueText(value)}`;
      }
      shown = labels;
      figures = values;
      written = undefined;
    },
    leftOut: () => leftOut,
    write: (all) => {
      written ??= lines.join('\n');
      if (written !== '') all.push(written);
    },
  };
}

function sameFigures(a: Float64Array, b: Float64Array): boolean {
  const octets = ({ buffer, byteOffset, byteLength }: Float64Array) => Buffer.from(buffer, byteOffset, byteLength);
  return octets(a).equals(octets(b));
}

interface Distribution {
  readonly labels: Labels;
  counts: readonly number[];
  sum: number;
}

function histogram(name: string, head: string, bounds: readonly number[]): Histogram & Family {
  const series: Series<Distribution> = { of: new Map(), leftOut: 0 };
  const edges = [...bounds, Number.POSITIVE_INFINITY];
  const none: readonly number[] = edges.map(() => 0);
  return {
    head,
    observe: (value, labels = {}) => {
      const key = labelText(labels);
      if (!isTakenIn(series, key)) return;
      const { counts, sum } = series.of.get(key) ?? { counts: none, sum: 0 };
      const at = edges.findIndex((edge) => value <= edge);
      series.of.set(key, { labels, counts: counts.with(at, counts[at]! + 1), sum: sum + value });
    },
    set: (counts, sum, labels = {}) => {
      const key = labelText(labels);
      if (isTakenIn(series, key)) series.of.set(key, { labels, counts, sum });
    },
    leftOut: () => series.leftOut,
    write: (lines) => {
      for (const [key, { labels, counts, sum }] of series.of) {
        let total = 0;
        edges.forEach((edge, at) => {
          total += counts[at] ?? 0;
          lines.push(`${name}_bucket${labelText({ ...labels, le: valueText(edge) })} ${total}`);
        });
        lines.push(`${name}_sum${key} ${valueText(sum)}`, `${name}_count${key} ${total}`);
      }
    },
  };
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

function labelText(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}="${escapeLabel(String(labels[key]))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Control characters are nothing that a name has, and some of them are ends of a line to whoever reads the text. */
function escapeLabel(value: string): string {
  if (!/["\\\p{Cc}]/u.test(value)) return value;
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll(/\p{Cc}/gu, '\u{fffd}');
}
