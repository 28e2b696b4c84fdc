#!/usr/bin/env -S node --import=tsx
// Lives many nodes through storms in virtual time and checks what must hold: see test/simulation.
import { parseArgs } from 'node:util';
import type { step } from '../src/core/vrrp/virtual-router.js';
import { defects } from '../test/simulation/defects.js';
import { failureOf } from '../test/simulation/failure.js';
import { simulate, simulateWorld, type WorldResult } from '../test/simulation/simulate.js';

const usage = `usage: npm run simulate -- [--hours N] [--seed TEXT] [--defect NAME]
       npm run simulate -- --replay --seed TEXT [--seconds N] [--defect NAME]

  --hours N      node-hours of virtual time (default 1000)
  --seed TEXT    decides everything; a commit's hash in CI (default: the time of day, which is printed)
  --replay       lives one world again, whose seed a failed run has printed, and tells what happened
  --seconds N    with --replay: how much to tell before the end (default 20)
  --defect NAME  gives every router a defect, to see it found: ${Object.keys(defects).join(', ')}`;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now()) },
    replay: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
    defect: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const hours = Number(values.hours);
const seconds = Number(values.seconds);
const planted = values.defect === undefined ? undefined : defects[values.defect];
if (values.help) {
  console.log(usage);
} else if (!(hours > 0) || !(seconds > 0)) {
  console.error(`--hours and --seconds take a number above 0\n${usage}`);
  process.exitCode = 2;
} else if (values.defect !== undefined && planted === undefined) {
  console.error(`--defect ${values.defect}: there is no such defect\n${usage}`);
  process.exitCode = 2;
} else if (values.replay) {
  replay(values.seed);
} else {
  run(values.seed);
}

function run(seed: string): void {
  const started = performance.now();
  let told = started;
  const isEnough = (summary: { readonly nodeHours: number }) => {
    if (performance.now() - told > 10_000) {
      told = performance.now();
      console.log(`${summary.nodeHours.toFixed(0)} node-hours in ${((told - started) / 1000).toFixed(0)} s`);
    }
    return summary.nodeHours >= hours;
  };
  const { worlds, nodeHours, events, transitions, failed } = simulate(seed, isEnough, core());
  if (failed) tellFailure(failed);
  const reasons = [...transitions].sort().map(([reason, count]) => `${count} ${reason}`);
  console.log(`transitions: ${reasons.join(', ')}`);
  const elapsed = (performance.now() - started) / 1000;
  console.log(
    `seed ${seed}: ${nodeHours.toFixed(0)} node-hours of ${worlds} worlds in ${elapsed.toFixed(1)} s, ` +
      `${(events / elapsed / 1000).toFixed(0)} thousand events a second, ${failed ? 'one property violated' : 'no violation'}`,
  );
}

function replay(seed: string): void {
  const lines: { readonly at: number; readonly text: string }[] = [];
  const result = simulateWorld(seed, {
    ...core(),
    trace(at, text) {
      while (lines.length > 0 && lines[0]!.at < at - seconds * 1e6) lines.shift();
      lines.push({ at, text });
    },
  });
  for (const { at, text } of lines) console.log(`${(at / 1e6).toFixed(6).padStart(12)}  ${text}`);
  console.log(JSON.stringify(result.options));
  if (result.violation) tellFailure(result);
  else console.log(`seed ${seed}: no violation`);
}

function core(): { step?: typeof step } {
  return planted === undefined ? {} : { step: planted.core };
}

function tellFailure(failed: WorldResult): void {
  console.log(`FAILED seed ${failed.seed}\n${failureOf(failed, values.defect)}`);
  process.exitCode = 1;
}
