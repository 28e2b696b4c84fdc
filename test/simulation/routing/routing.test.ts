import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf } from '../failure.js';
import { routingDefects } from './defects.js';
import { simulateRouting, simulateRoutingWorlds, sumOfCounts } from './simulate.js';

/** The limit ends what hangs; how long it takes depends on what else the machine does, and is not judged. */
const patience = 10 * 60_000;
const worlds = 16;

describe('nodes and their routers in storms and calms', function () {
  this.timeout(patience);

  it(`hold every property in ${worlds} worlds that only this version has seen`, () => {
    const seed = process.env.SIMULATION_SEED ?? versionOfTheCores();
    const { results, failed } = simulateRoutingWorlds(seed, (count) => count >= worlds);
    assert.equal(failed, undefined, failed && failureOf(failed, { routing: true }));
    const counts = sumOfCounts(results);
    const hours = results.reduce((sum, { sessionHours }) => sum + sessionHours, 0);
    console.log(`      seed ${seed}: ${hours.toFixed(0)} session-hours of ${results.length} worlds`);
    for (const what of [
      ...['judged-soon', 'judged-late', 'judged-forgotten', 'restarted', 'drained', 'killed', 'power-lost', 'reset'],
      ...['bfd-failed', 'asked-again', 'router-restarted', 'connections-reset', 'stalled', 'cut'],
    ])
      assert.ok((counts.get(what) ?? 0) > 0, `nothing was proved about ${what}: it never happened`);
  });

  for (const [name, { what, property, cores }] of Object.entries(routingDefects))
    it(`${property}: catches a node that ${what} (${name})`, () => {
      const { failed } = simulateRoutingWorlds('defect-12', (count) => count >= 20, cores);
      assert.equal(failed?.violation?.checker, property, failed?.violation?.message ?? 'nothing was caught');
    });

  it('go the same way each time', () => {
    const [first, second] = ['again', 'again'].map((seed) => {
      const lines: string[] = [];
      const { events } = simulateRouting(seed, { trace: (at, text) => lines.push(`${at} ${text}`) });
      return { events, lines };
    });
    assert.ok(first!.lines.length > 500);
    assert.deepEqual(first, second);
  });
});

/** As for elections: what fails is this change's doing and not luck. */
function versionOfTheCores(): string {
  const hash = createHash('sha256');
  for (const folder of ['src/core/bgp', 'src/core/bfd', 'src/core/wire', 'test/simulation/routing']) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
