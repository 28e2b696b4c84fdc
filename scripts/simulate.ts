#!/usr/bin/env -S node --import=tsx
// Lives many nodes through storms in virtual time and checks what must hold: see test/simulation.
import { parseArgs } from 'node:util';
import type { step } from '../src/core/vrrp/virtual-router.js';
import { defects } from '../test/simulation/defects.js';
import { failureOf } from '../test/simulation/failure.js';
import { routingDefects } from '../test/simulation/routing/defects.js';
import {
  type Cores,
  simulateRouting,
  simulateRoutingWorlds,
  sumOfCounts,
} from '../test/simulation/routing/simulate.js';
import { simulate, simulateWorld } from '../test/simulation/simulate.js';

const usage = `usage: npm run simulate -- [--routing] [--hours N] [--seed TEXT] [--defect NAME]
       npm run simulate -- [--routing] --replay --seed TEXT [--seconds N] [--defect NAME]

  --routing      nodes that announce routes to routers, instead of nodes that elect leaders
  --hours N      node-hours of virtual time, with --routing hours of sessions (default 1000, with --routing 100)
  --seed TEXT    decides everything; a commit's hash in CI (default: the time of day, which is printed)
  --replay       lives one world again, whose seed a failed run has printed, and tells what happened
  --seconds N    with --replay: how much to tell before the end (default 20)
  --defect NAME  gives every node a defect, to see it found: ${Object.keys(defects).join(', ')};
                 with --routing ${Object.keys(routingDefects).join(', ')}`;

const { values } = parseArgs({
  options: {
    routing: { type: 'boolean', default: false },
    hours: { type: 'string' },
    seed: { type: 'string', default: String(Date.now()) },
    replay: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
    defect: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const hours = Number(values.hours ?? (values.routing ? 100 : 1000));
const seconds = Number(values.seconds);
const known: Readonly<Record<string, object>> = values.routing ? routingDefects : defects;
if (values.help) {
  console.log(usage);
} else if (!(hours > 0) || !(seconds > 0)) {
  console.error(`--hours and --seconds take a number above 0\n${usage}`);
  process.exitCode = 2;
} else if (values.defect !== undefined && known[values.defect] === undefined) {
  console.error(`--defect ${values.defect}: there is no such defect\n${usage}`);
  process.exitCode = 2;
} else if (values.replay) {
  replay(values.seed);
} else if (values.routing) {
  runRouting(values.seed);
} else {
  run(values.seed);
}

/** Tells how far it is now and then, until it is far enough. */
function progress(unit: string): (done: number) => boolean {
  const started = performance.now();
  let told = started;
  return (done) => {
    if (performance.now() - told > 10_000) {
      told = performance.now();
      console.log(`${done.toFixed(0)} ${unit} in ${((told - started) / 1000).toFixed(0)} s`);
    }
    return done >= hours;
  };
}

function run(seed: string): void {
  const started = performance.now();
  const isEnough = progress('node-hours');
  const { worlds, nodeHours, events, transitions, failed } = simulate(seed, (all) => isEnough(all.nodeHours), core());
  if (failed) tellFailure(failed);
  const reasons = [...transitions].sort().map(([reason, count]) => `${count} ${reason}`);
  console.log(`transitions: ${reasons.join(', ')}`);
  const elapsed = (performance.now() - started) / 1000;
  console.log(
    `seed ${seed}: ${nodeHours.toFixed(0)} node-hours of ${worlds} worlds in ${elapsed.toFixed(1)} s, ` +
      `${(events / elapsed / 1000).toFixed(0)} thousand events a second, ${failed ? 'one property violated' : 'no violation'}`,
  );
}

function runRouting(seed: string): void {
  const started = performance.now();
  const isEnough = progress('session-hours');
  const { results, failed } = simulateRoutingWorlds(seed, (_, done) => isEnough(done), cores());
  if (failed) tellFailure(failed);
  console.log(
    [...sumOfCounts(results)]
      .sort()
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
  );
  const sessionHours = results.reduce((sum, each) => sum + each.sessionHours, 0);
  console.log(
    `seed ${seed}: ${sessionHours.toFixed(0)} session-hours of ${results.length} worlds in ` +
      `${((performance.now() - started) / 1000).toFixed(1)} s, ${failed ? 'one property violated' : 'no violation'}`,
  );
}

function replay(seed: string): void {
  const lines: { readonly at: number; readonly text: string }[] = [];
  const trace = (at: number, text: string) => {
    while (lines.length > 0 && lines[0]!.at < at - seconds * 1e6) lines.shift();
    lines.push({ at, text });
  };
  const result = values.routing
    ? simulateRouting(seed, { ...cores(), trace })
    : simulateWorld(seed, { ...core(), trace });
  for (const { at, text } of lines) console.log(`${(at / 1e6).toFixed(6).padStart(12)}  ${text}`);
  console.log(JSON.stringify(result.options));
  if (result.violation) tellFailure(result);
  else console.log(`seed ${seed}: no violation`);
}

function core(): { step?: typeof step } {
  const planted = values.defect === undefined ? undefined : defects[values.defect];
  return planted === undefined ? {} : { step: planted.core };
}

function cores(): Cores {
  return values.defect === undefined ? {} : (routingDefects[values.defect]?.cores ?? {});
}

function tellFailure(failed: Parameters<typeof failureOf>[0]): void {
  console.log(`FAILED seed ${failed.seed}\n${failureOf(failed, values)}`);
  process.exitCode = 1;
}
