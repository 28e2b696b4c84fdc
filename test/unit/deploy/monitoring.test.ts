import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { recordedMetrics } from '../../../scripts/reference/recorded-metrics.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const folder = join(projectRoot(), 'deploy/monitoring');

describe('the monitoring files', () => {
  for (const file of readdirSync(folder)) {
    it(`${file} parses, and asks only for metrics that the programs serve`, async () => {
      const served = await namesServed();
      const text = readFileSync(join(folder, file), 'utf8');
      if (file.endsWith('.json')) JSON.parse(text);
      else for (const document of parseAllDocuments(text)) assert.deepEqual(document.errors, []);
      for (const [name] of text.matchAll(/\bopenelb_[a-z0-9_]+/g))
        assert.ok(served.has(name) || isSpokenOf(name, served), `${name} is not served`);
    });
  }
});

/** A histogram in a text for people. */
function isSpokenOf(name: string, served: ReadonlySet<string>): boolean {
  return served.has(`${name}_bucket`);
}

/** What a scrape of either program has names of. */
async function namesServed(): Promise<ReadonlySet<string>> {
  const { agent, controller } = await recordedMetrics();
  return new Set(
    [...agent, ...controller].flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    ),
  );
}
