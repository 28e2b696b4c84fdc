import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { projectRoot } from '../../scripts/tools/project-root.js';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: object;
  readonly annotations: object;
}

/** Those of deploy/monitoring/alerts.yaml. */
export function alertRules(): readonly AlertRule[] {
  const text = readFileSync(join(projectRoot(), 'deploy/monitoring/alerts.yaml'), 'utf8');
  const { spec } = parse(text) as { spec: { groups: readonly { rules: readonly AlertRule[] }[] } };
  return spec.groups.flatMap(({ rules }) => rules);
}

/** In the form that Prometheus itself reads, which knows nothing of the objects of its operator. */
export function rulesFile(rules: readonly AlertRule[]): string {
  return stringify({ groups: [{ name: 'openelb', rules }] });
}
