import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LatenessReport } from './programs/lateness.js';
import { startProgram } from './programs/start-program.js';
import { requireRoot } from './two-hosts.js';

describe('the poller meets deadlines 10 ms apart', function () {
  this.timeout(60_000);
  const busy: ChildProcess[] = [];

  before(function () {
    requireRoot(this);
  });
  afterEach(() => {
    for (const child of busy.splice(0)) child.kill('SIGKILL');
  });

  for (const { claim, hogs, raised, limit } of [
    { claim: 'left alone, however late', hogs: 0, raised: false, limit: Number.POSITIVE_INFINITY },
    { claim: 'left alone, in real time', hogs: 0, raised: true, limit: 20_000 },
    { claim: 'beside two busy processes, however late', hogs: 2, raised: false, limit: Number.POSITIVE_INFINITY },
    { claim: 'beside two busy processes, in real time', hogs: 2, raised: true, limit: 20_000 },
  ]) {
    it(`${claim}, never early`, async () => {
      for (let n = 0; n < hogs; n++) busy.push(spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
      const worker = startProgram('lateness', { workerData: { deadlines: 200, raised } });
      const exited = once(worker, 'exit');
      const [{ policy, micros }] = (await once(worker, 'message')) as [LatenessReport];
      await exited;
      const sorted = micros.toSorted();
      const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
      const [p50, p99, max] = [at(0.5), at(0.99), at(1)];
      if (Number.isFinite(limit))
        console.log(`      ${policy}: p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us, max ${max.toFixed(0)} us`);
      assert.ok(sorted[0]! >= 0, `${sorted[0]} us`);
      assert.ok(p99 < limit, `p99 ${p99} us`);
    });
  }
});
