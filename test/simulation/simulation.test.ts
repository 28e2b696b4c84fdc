import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleBeside, startWorker } from '../lab/worker.js';
import { failureOf } from './failure.js';
import type { Share, ShareReport } from './share.js';
import { simulateWorld } from './simulate.js';

const nodeHours = 5_000;
const threads = 2;
/** The limit ends what hangs; how long it takes depends on what else the machine does, and is not judged. */
const patience = 30 * 60_000;

describe('many nodes in storms and calms', () => {
  for (const seed of knownSeeds()) {
    it(`hold every property in the world of seed ${seed}`, function () {
      this.timeout(patience);
      const result = simulateWorld(seed);
      assert.equal(result.violation, undefined, failureOf(result));
    });
  }

  it(`hold every property for ${nodeHours} node-hours of worlds that only this version has seen`, async function () {
    this.timeout(patience);
    const seed = process.env.SIMULATION_SEED ?? versionOfTheCore();
    const shares = Array.from(
      { length: threads },
      (_, n): Share => ({ seed: `${seed}-${n}`, hours: nodeHours / threads }),
    );
    const reports = await Promise.all(shares.map(live));
    for (const { failed } of reports) assert.equal(failed, undefined, failed && failureOf(failed));
    const total = (of: (report: ShareReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);
    console.log(
      `      seed ${seed}: ${total((report) => report.nodeHours).toFixed(0)} node-hours of ${total(({ worlds }) => worlds)} worlds`,
    );
    for (const reason of [
      'no-response',
      'priority-zero',
      'peer-lost',
      'better-advert',
      'slept',
      'hand-over',
      'preempt',
      'link-down',
    ]) {
      const count = total(({ transitions }) => transitions.get(reason) ?? 0);
      assert.ok(count > 0, `nothing was proved about ${reason}: it never happened`);
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

async function live(share: Share): Promise<ShareReport> {
  const worker = startWorker(moduleBeside(import.meta.url, 'share'), { workerData: share });
  const [report] = (await once(worker, 'message')) as [ShareReport];
  return report;
}

/**
 * The same code lives the same worlds, so that what fails is this change's doing and not luck; each change to the core or to the
 * simulation brings worlds that nobody has seen yet.
 */
function versionOfTheCore(): string {
  const hash = createHash('sha256');
  for (const folder of ['src/core', 'test/simulation']) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
