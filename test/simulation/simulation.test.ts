import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { simulate, simulateWorld, type WorldResult } from './simulate.js';

/** How long the worlds of a new seed are lived through. */
const slice = 12_000;

describe('many nodes in storms and calms', () => {
  for (const seed of knownSeeds()) {
    it(`hold every property in the world of seed ${seed}`, function () {
      this.timeout(60_000);
      assertHolds(simulateWorld(seed));
    });
  }

  it('hold every property in worlds that nobody has seen yet', function () {
    this.timeout(120_000);
    const seed = process.env.SIMULATION_SEED ?? String(Date.now());
    const end = performance.now() + slice;
    const { failed, nodeHours, worlds, transitions } = simulate(seed, () => performance.now() > end);
    if (failed) assertHolds(failed);
    console.log(`      seed ${seed}: ${nodeHours.toFixed(0)} node-hours of ${worlds} worlds`);
    for (const reason of [
      'no-response',
      'priority-zero',
      'better-advert',
      'slept',
      'hand-over',
      'preempt',
      'link-down',
    ]) {
      assert.ok((transitions.get(reason) ?? 0) > 0, `nothing was proved about ${reason}: it never happened`);
    }
  });

  it('go the same way each time', () => {
    const [first, second] = ['again', 'again'].map((seed) => {
      const lines: string[] = [];
      const { events } = simulateWorld(seed, { trace: (at, text) => lines.push(`${at} ${text}`) });
      return { events, lines };
    });
    assert.ok(first!.lines.length > 1000);
    assert.deepEqual(first, second);
  });
});

function knownSeeds(): string[] {
  const lines = readFileSync('test/simulation/seeds.txt', 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' ')[0]!);
}

function assertHolds({ seed, violation }: WorldResult): void {
  const replay = `seed ${seed}; replay: node --import=tsx scripts/simulate.ts --replay --seed ${seed}`;
  assert.equal(violation, undefined, `${replay}\n${violation?.message}`);
}
