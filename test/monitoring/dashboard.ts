import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';

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
