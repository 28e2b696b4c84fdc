import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandsPage } from '../../../scripts/reference/commands.js';
import { conditions, unexplainedCondition } from '../../../scripts/reference/messages.js';
import { metricRemedy, staleRemedy } from '../../../scripts/reference/metric-remedies.js';
import { alerts } from '../../../scripts/reference/metrics.js';
import { unexplainedName } from '../../../scripts/reference/names.js';
import { recordedMetrics, registeredByName } from '../../../scripts/reference/recorded-metrics.js';
import { remedyOf } from '../../../scripts/reference/remedies.js';
import { saidReasons } from '../../../scripts/reference/said-reasons.js';
import { sessionProblems } from '../../../scripts/reference/session-problems.js';
import { sourcesIn, textOf } from '../../../scripts/reference/sources.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const planted = (text: string) => [{ path: 'src/planted.ts', text }];

describe('docs/reference', function () {
  this.timeout(60_000);

  it('has every metric, with the labels of its series', async () => {
    const { agent, controller } = await recordedMetrics();
    const page = textOf('docs/reference/metrics.md');
    for (const { name, labels } of [...agent, ...controller]) {
      const row =
        page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? assert.fail(`${name} is missing`);
      for (const label of labels) assert.ok(row.includes(`\`${label}\``), `${name} lacks the label ${label}`);
    }
    const labelsOf = (name: string) => [...agent, ...controller].find((each) => each.name === name)?.labels;
    assert.deepEqual([...(labelsOf('openelb_bgp_closed_total') ?? [])].sort(), ['direction', 'peer', 'reason']);
    assert.deepEqual([...(labelsOf('openelb_api_requests_total') ?? [])].sort(), ['code', 'method']);
  });

  it('has everything that the programs say on one page, with what to do', async () => {
    const { agent, controller } = await recordedMetrics();
    const rows = textOf('docs/reference/signals.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split(' | '));
    const explained = new Set(rows.filter((row) => row.at(-1)!.length > 10).map(([name = '']) => name.slice(3, -1)));
    const said = [
      ...[...agent, ...controller].map(({ name }) => name),
      ...alerts().map(({ alert }) => alert),
      ...conditions.map(([type]) => type),
      ...saidReasons(['src/core/ipam', 'src/controller', 'src/agent']).keys(),
    ];
    assert.ok(said.length > 200, `only ${said.length}`);
    assert.deepEqual(
      said.filter((name) => !explained.has(name)),
      [],
    );
    assert.throws(() => metricRemedy('openelb_planted'), /openelb_planted is not in/);
    assert.equal(staleRemedy(new Set(['openelb_agents'])), 'openelb_metric_series_left_out');
  });

  it('is not made while a metric that the source registers by name is met nowhere', () => {
    const found = registeredByName(
      planted("const x = metrics.gauge('openelb_planted', 'Help.');\nx.set({ group }, 1);"),
    );
    assert.deepEqual(
      found.map(({ name, labels }) => [name, ...labels]),
      [['openelb_planted', 'group']],
    );
  });

  it('is not made while a name, a condition or a reason has no explanation', () => {
    assert.equal(unexplainedName(sourcesIn('src')), undefined);
    assert.match(
      unexplainedName(planted("const a = 'eip.openelb.kubesphere.io/planted';")) ?? '',
      /planted\.ts has the name/,
    );
    assert.equal(unexplainedCondition(sourcesIn('src')), undefined);
    assert.equal(unexplainedCondition(planted("{ type: 'Planted', status: 'False' }")), 'Planted');
    assert.equal(remedyOf('PlantedReason'), undefined);
  });

  it('has every reason that the controller and the agents say', () => {
    const page = textOf('docs/reference/messages.md');
    const reasons = saidReasons(['src/core/ipam', 'src/controller', 'src/agent']);
    assert.ok(reasons.size > 70, `only ${reasons.size} were found`);
    assert.deepEqual(
      [...reasons.keys()].filter((reason) => !page.includes(`| \`${reason}\` |`)),
      [],
    );
    assert.match(remedyOf('StrictArpOff')?.text ?? '', /kube-proxy in IPVS mode/);
  });

  it('has the messages of sessions whole, with … for what varies', () => {
    const [one] = sessionProblems(
      planted("problem(\n  'BadThing',\n  `a $" + '{x ? `b $' + "{y}` : {}.z} c` +\n 'd',\n)"),
    );
    assert.deepEqual([one?.reason, one?.message], ['BadThing', 'a … cd']);
    assert.ok(sessionProblems().every(({ message }) => !message?.includes('$'.concat('{'))));
  });

  it('has a section for every subcommand, and every flag that one takes', async () => {
    const page = await commandsPage();
    const main = textOf('src/main.ts');
    const names = [...main.matchAll(/import\('\.\/([a-z-]+)\/command\.js'\)/g)].map(([, name]) => name!);
    assert.ok(names.length > 5);
    for (const name of names) assert.match(page, new RegExp(`^## ${name}$`, 'm'));
    assert.equal(page, textOf('docs/reference/commands.md'));
    assert.deepEqual(readdirSync(join(projectRoot(), 'docs/reference')).sort(), [
      'README.md',
      'commands.md',
      'fields.md',
      'messages.md',
      'metrics.md',
      'names.md',
      'signals.md',
    ]);
  });
});
