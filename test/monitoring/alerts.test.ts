import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { alertRules, rulesFile } from './rules.js';

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
  }[];
}

describe('the alerts', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'openelb-alerts-'));
  after(() => rmSync(folder, { recursive: true }));
  const rules = join(folder, 'rules.yaml');
  const cases = readFileSync(join(projectRoot(), 'test/monitoring/alerts.yaml'), 'utf8');
  writeFileSync(rules, rulesFile(alertRules()));
  writeFileSync(join(folder, 'cases.yaml'), cases.replace('RULES]', `${rules}]`));

  it('are rules that Prometheus takes', async () => {
    await execa('promtool', ['check', 'rules', '--lint-fatal', rules]);
  });

  it('speak when they should, in which words, and are silent else', async () => {
    await execa('promtool', ['test', 'rules', join(folder, 'cases.yaml')]);
  });

  for (const { alert } of alertRules())
    it(`${alert} is tested both ways`, () => {
      const all = (parse(cases) as Cases).tests.flatMap((each) => each.alert_rule_test);
      const outcomes = all
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts }) => exp_alerts.length > 0);
      assert.deepEqual([...new Set(outcomes)].sort(), [false, true]);
    });
});
