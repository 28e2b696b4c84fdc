// Owns: the page of metrics and of the alerts made of them.
import { parse } from 'yaml';
import { code, listed, page, table, wrapped } from './markdown.js';
import { metricRemedy, staleRemedy } from './metric-remedies.js';
import { type RecordedMetric, recordedMetrics } from './recorded-metrics.js';
import { textOf } from './sources.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Rules {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
}

export function alerts(): readonly Alert[] {
  return (parse(textOf('deploy/monitoring/alerts.yaml')) as Rules).spec.groups.flatMap((each) => each.rules);
}

/** What an alert says, and what to do. */
export function alertText({ annotations: { summary, description } }: Alert): string {
  return `${summary} ${description}`
    .replaceAll(/\{\{ *\$labels\.(\w+) *\}\}/g, '`$1`')
    .replaceAll(/\{\{[^}]*\}\}/g, '…');
}

/** Throws for an alert that asks for a figure which no program has, and for a figure that nobody explains. */
export async function metricsPage(): Promise<string> {
  const { agent, controller } = await recordedMetrics();
  const rules = alerts();
  const stale = staleRemedy(new Set([...agent, ...controller].map(({ name }) => name)));
  if (stale !== undefined)
    throw new Error(`no program has ${stale}: take it out of scripts/reference/metric-remedies.ts`);
  const names = new Set(
    [...agent, ...controller].flatMap(({ name, type }) => (type === 'histogram' ? partsOf(name) : [name])),
  );
  for (const { alert, expr } of rules)
    for (const [name] of expr.matchAll(/openelb_[a-z0-9_]+/g))
      if (!names.has(name)) throw new Error(`alert ${alert} asks for ${name}, which no program has`);
  const rows = (metrics: readonly RecordedMetric[]) =>
    metrics.map(({ name, type, help, labels }) => {
      const alerts = rules.filter(({ expr }) => new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\b`).test(expr));
      return [
        code(name),
        type,
        listed([...labels].sort()),
        help,
        metricRemedy(name),
        listed(alerts.map(({ alert }) => alert)),
      ];
    });
  const head = ['metric', 'type', 'labels', 'meaning', 'what to do', 'alerts'];
  const [byAgent, byController] = [rows(agent), rows(controller)];
  return page('Metrics and alerts', [
    wrapped(where),
    '## Of an agent',
    table(head, byAgent),
    '## Of the controller',
    table(head, byController),
    '## Alerts',
    wrapped(
      'Those of [deploy/monitoring/alerts.yaml](../../deploy/monitoring/alerts.yaml), for the Prometheus operator.',
    ),
    table(
      ['alert', 'severity', 'when', 'what it says, and what to do'],
      rules.map((each) => [
        code(each.alert),
        each.labels.severity,
        `${code(each.expr.replace(/\s+/g, ' ').trim())}${each.for === undefined ? '' : ` for ${each.for}`}`,
        alertText(each),
      ]),
    ),
  ]);
}

const where =
  'An agent serves them at `--metrics-address`, by default port 17472, the controller at port 50052, each at `/metrics`. ' +
  'A counter starts at 0 with the program. A series of a group, an Eip or a peer ends with it.';

function partsOf(name: string): readonly string[] {
  return ['_bucket', '_sum', '_count'].map((suffix) => name + suffix);
}
