/**
 * A registry of counters and gauges, and their text in the Prometheus exposition format 0.0.4.
 *
 * It exists because the usual client costs the agent 10 MB: what is left out is histograms and default process metrics.
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
  /** Runs before each `text()`, to bring gauges up to date. */
  beforeText(collect: () => void | Promise<void>): void;
  text(): Promise<string>;
}

interface Family {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly series: Map<string, number>;
}

const namePattern = /^[a-z][a-z0-9_]*$/;

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const collectors: (() => void | Promise<void>)[] = [];
  const register = (type: Family['type'], name: string, help: string): Metric => {
    if (!namePattern.test(name) || families.has(name)) throw new Error(`metric ${name} is misnamed or defined twice`);
    const family: Family = { type, help, series: new Map() };
    families.set(name, family);
    return metric(family.series);
  };
  return {
    counter: (name, help) => register('counter', name, help),
    gauge: (name, help) => register('gauge', name, help),
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
