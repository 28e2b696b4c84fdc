/**
 * A registry of counters, gauges and histograms, and their text in the Prometheus exposition format 0.0.4.
 *
 * It exists because the usual client costs the agent 10 MB: what is left out is default process metrics.
 */
export type Labels = Readonly<Record<string, string | number>>;

export interface Metric {
  /** Adds `by` (default 1) to the series with these labels. */
  add(labels?: Labels, by?: number): void;
  /** Sets the series with these labels; for gauges, and for counters that somebody else counts. */
  set(labels: Labels, value: number): void;
  /** Forgets every series; for gauges whose label values come and go. */
  clear(): void;
}

export interface Metrics {
  /** A number that only grows; the name ends in `_total`. */
  counter(name: string, help: string): Metric;
  gauge(name: string, help: string): Metric;
  /** How often a value lay in which bucket. `bounds`: the upper bounds of the buckets but the last, ascending. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** Runs before each `text()`, to bring gauges up to date. */
  beforeText(collect: () => void | Promise<void>): void;
  text(): Promise<string>;
}

export interface Histogram {
  /** All that was counted so far, by bucket (one more than there are bounds), and the sum of the values. */
  set(counts: readonly number[], sum: number): void;
}

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** By what follows the name: labels, for a histogram after the suffix. */
  readonly series: Map<string, number>;
}

const namePattern = /^[a-z][a-z0-9_]*$/;

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const collectors: (() => void | Promise<void>)[] = [];
  const register = (type: Family['type'], name: string, help: string): Family['series'] => {
    if (!namePattern.test(name) || families.has(name)) throw new Error(`metric ${name} is misnamed or defined twice`);
    const family: Family = { type, help, series: new Map() };
    families.set(name, family);
    return family.series;
  };
  return {
    counter: (name, help) => metric(register('counter', name, help)),
    gauge: (name, help) => metric(register('gauge', name, help)),
    histogram: (name, help, bounds) => histogram(register('histogram', name, help), bounds),
    beforeText: (collect) => {
      collectors.push(collect);
    },
    text: async () => {
      for (const collect of collectors) await collect();
      return [...families].map(([name, family]) => familyText(name, family)).join('');
    },
  };
}

function metric(series: Map<string, number>): Metric {
  return {
    add: (labels = {}, by = 1) => {
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    set: (labels, value) => {
      series.set(labelText(labels), value);
    },
    clear: () => {
      series.clear();
    },
  };
}

function histogram(series: Family['series'], bounds: readonly number[]): Histogram {
  return {
    set: (counts, sum) => {
      let total = 0;
      counts.forEach((count, at) => {
        total += count;
        series.set(`_bucket${labelText({ le: valueText(bounds[at] ?? Number.POSITIVE_INFINITY) })}`, total);
      });
      series.set('_sum', sum);
      series.set('_count', total);
    },
  };
}

function familyText(name: string, family: Family): string {
  const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${family.type}`];
  for (const [labels, value] of family.series) lines.push(`${name}${labels} ${valueText(value)}`);
  return `${lines.join('\n')}\n`;
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

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
