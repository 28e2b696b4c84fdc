/**
 * What a hostile host on the nodes' LAN can do, and what it costs: two nodes, a router, a client, and a host that forges adverts, floods
 * every port, claims addresses and speaks for others. Prints a row for each attack, and what was reported.
 *
 *   node --import=tsx test/bench/hostile.ts [--seconds 5] [--storm 100000] [--only TEXT] [--json FILE]
 *
 * Ends with 1 when an address or a route moved that is not said to.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { everybodyIsBack } from '../lab/election.js';
import { attacks } from '../lab/hostile/attacks.js';
import { type Outcome, observe } from '../lab/hostile/observe.js';
import { groups, holders, openStage, routed } from '../lab/hostile/stage.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    storm: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const scale = { seconds: Number(values.seconds), storm: Number(values.storm) };

const stage = await openStage('obhostile');
const results: { readonly name: string; readonly outcome: Outcome; readonly moved: string }[] = [];
let failed = false;
const chosen = attacks.filter(({ name }) => name.includes(values.only));
const rest = {
  name: 'nothing',
  expected: 'nothing',
  run: () => new Promise<number>((done) => setTimeout(done, scale.seconds * 1000, 0)),
} as const;
for (const attack of [rest, ...chosen]) {
  const before = await holders(stage);
  const outcome = await observe(stage, () => attack.run(stage, scale));
  const after = await holders(stage);
  const moved = Object.keys(groups).filter((group) => before[group as 'plain'] !== after[group as 'plain']);
  const text = outcome.leaderships === 0 && moved.length === 0 ? 'none' : moved.join(', ') || 'and came back';
  const isHeld = attack.expected === 'plain' || attack.expected === 'signed' || text === 'none';
  if (!isHeld || (attack.expected !== 'routes' && outcome.routeChanges > 0)) failed = true;
  results.push({ name: attack.name, outcome, moved: text });
  process.stderr.write(`${attack.name}: ${JSON.stringify({ ...outcome, moved: text })}\n`);
  for (const { vip } of Object.values(groups)) await everybodyIsBack({ client: stage.client, nodes: stage.nodes, vip });
  await routed(stage);
}
const rows = results.map(({ name, outcome: o, moved }) => [
  name,
  o.rate.toFixed(0),
  moved,
  Object.entries(o.lost)
    .map(([group, count]) => `${group} ${count}`)
    .join(', ') || '0',
  o.backMs.toFixed(0),
  String(o.routeChanges),
  o.cores.toFixed(2),
  figure(o.grownMiB),
  String(o.late),
  `${o.latenessMs}`,
]);
const header = [
  'attack',
  'a second',
  'moved',
  'probes lost',
  'back after ms',
  'routes changed',
  'cores',
  'MiB more',
  'later than 100 ms',
  'lateness at most, ms',
];
console.log(table(header, rows));
for (const { name, outcome } of results) {
  console.log(`\n${name}: ${outcome.lines} lines\n${JSON.stringify(outcome.counted)}`);
  for (const line of outcome.warnings.slice(0, 6)) console.log(`  ${line}`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results)}\n`);
stage.lab.close();
process.exit(failed ? 1 : 0);
