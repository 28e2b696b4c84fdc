import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrawnPanel } from '../../scripts/pictures/panel.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Prometheus } from '../lab/prometheus.js';

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** Those of deploy/monitoring/dashboard.json. */
export function panels(): readonly Panel[] {
  const text = readFileSync(join(projectRoot(), 'deploy/monitoring/dashboard.json'), 'utf8');
  return (JSON.parse(text) as { panels: readonly Panel[] }).panels;
}

/** What Prometheus has to say for each panel of the last so many seconds, for whoever draws it. */
export function recordedPanels(prometheus: Prometheus, seconds: number, step: number): Promise<readonly DrawnPanel[]> {
  return Promise.all(
    panels().map(async ({ title, fieldConfig, targets }): Promise<DrawnPanel> => {
      const answers = await prometheus.range(seconds, step, ...targets.map(({ expr }) => expr));
      const lines = answers.flatMap((series, at) =>
        series.map(({ metric, values }) => ({
          name: targets[at]!.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
          points: values.filter(([, value]) => Number.isFinite(value)),
        })),
      );
      return { title, unit: fieldConfig.defaults.unit, lines: lines.filter(({ points }) => points.length > 0) };
    }),
  );
}
