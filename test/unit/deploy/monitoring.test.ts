import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { registerAgentMetrics } from '../../../src/agent/agent-metrics.js';
import type { Controller } from '../../../src/controller/controller.js';
import { registerMetrics } from '../../../src/controller/metrics.js';
import { createMetrics } from '../../../src/platform/observability/metrics.js';

const folder = join(projectRoot(), 'deploy/monitoring');

describe('the monitoring files', () => {
  const served = namesServed();
  for (const file of readdirSync(folder)) {
    it(`${file} parses, and asks only for metrics that the programs serve`, () => {
      const text = readFileSync(join(folder, file), 'utf8');
      if (file.endsWith('.json')) JSON.parse(text);
      else for (const document of parseAllDocuments(text)) assert.deepEqual(document.errors, []);
      for (const [name] of text.matchAll(/\bopenelb_[a-z_]+/g)) assert.ok(served.has(name), `${name} is not served`);
    });
  }
});

function namesServed(): ReadonlySet<string> {
  const names = new Set<string>();
  const metrics = createMetrics();
  const noting =
    (make: typeof metrics.counter): typeof metrics.counter =>
    (name, help) => {
      names.add(name);
      return make(name, help);
    };
  const histogram: typeof metrics.histogram = (name, help, bounds) => {
    for (const suffix of ['_bucket', '_sum', '_count']) names.add(`${name}${suffix}`);
    return metrics.histogram(name, help, bounds);
  };
  const registry = { ...metrics, counter: noting(metrics.counter), gauge: noting(metrics.gauge), histogram };
  const nobodyScrapes = () => {
    throw new Error('nobody scrapes here');
  };
  registerAgentMetrics(registry, nobodyScrapes, nobodyScrapes, nobodyScrapes, nobodyScrapes);
  registerMetrics(registry, { stats: nobodyScrapes } as unknown as Controller);
  return names;
}
