#!/usr/bin/env -S node --import=tsx
// Lives many nodes through storms in virtual time and checks what must hold: see test/simulation.
import { parseArgs } from 'node:util';
import { simulate, simulateWorld, type WorldResult } from '../test/simulation/simulate.js';

const usage = `usage: node --import=tsx scripts/simulate.ts [--hours N] [--seed TEXT]
       node --import=tsx scripts/simulate.ts --replay --seed TEXT [--seconds N]

  --hours N      node-hours of virtual time (default 1000)
  --seed TEXT    decides everything; a commit's hash in CI (default: the time of day, which is printed)
  --replay       lives one world again, whose seed a failed run has printed, and tells what happened
  --seconds N    with --replay: how much to tell before the end (default 20)`;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now()) },
    replay: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
const hours = Number(values.hours);
const seconds = Number(values.seconds);
if (values.help) {
  console.log(usage);
} else if (!(hours > 0) || !(seconds > 0)) {
  console.error(`--hours and --seconds take a number above 0\n${usage}`);
  process.exitCode = 2;
} else if (values.replay) {
  replay(values.seed);
} else {
  run(values.seed);
}

function run(seed: string): void {
  const started = performance.now();
  let told = started;
  const { worlds, nodeHours, events, transitions, failed } = simulate(seed, (summary) => {
    if (performance.now() - told > 10_000) {
      told = performance.now();
      console.log(`${summary.nodeHours.toFixed(0)} node-hours in ${((told - started) / 1000).toFixed(0)} s`);
    }
    return summary.nodeHours >= hours;
  });
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

function tellFailure({ seed, violation }: WorldResult): void {
  console.log(`FAILED seed ${seed}; replay: node --import=tsx scripts/simulate.ts --replay --seed ${seed}`);
  console.log(violation?.message);
  process.exitCode = 1;
}
