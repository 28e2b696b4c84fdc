import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { monotonicMicros } from '../../src/platform/linux/clock.js';
import { wakeBytes } from '../../src/platform/linux/wake.js';
import type { HostReport } from './programs/host.js';
import { programUrl, startProgram } from './programs/start-program.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

describe('worker threads', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('worker');
    for (const [on, name] of [
      [hosts.onA, 'va'],
      [hosts.onB, 'vb'],
    ] as const)
      on('link', 'set', name, 'addrgenmode', 'none');
  });
  after(() => hosts?.close());

  /** Starts a host; stop() wakes it out of its sleep, hands it the time, and resolves to what it saw. */
  async function startHost(namespace: string, name: string): Promise<{ stop(): Promise<HostReport> }> {
    const { port1, port2 } = new MessageChannel();
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    frame.set([0x08, 0x00], 12);
    frame[23] = 112;
    const worker = startProgram('host', {
      workerData: { namespace, name, port: port2, frame },
      transferList: [port2],
    });
    const [{ wakeFd }] = (await once(worker, 'message')) as [{ wakeFd: number }];
    return {
      async stop() {
        const [report, exited] = [once(worker, 'message'), once(worker, 'exit')];
        port1.postMessage(monotonicMicros());
        writeSync(wakeFd, wakeBytes);
        const [seen] = (await report) as [HostReport];
        await exited;
        port1.close();
        return seen;
      },
    };
  }

  it('in two namespaces are two hosts of one process that hear each other, and wake at once for a message', async () => {
    const a = await startHost(hosts.a, 'va');
    const b = await startHost(hosts.b, 'vb');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const reports = [await a.stop(), await b.stop()];
    for (const [report, name] of [
      [reports[0]!, 'va'],
      [reports[1]!, 'vb'],
    ] as const) {
      assert.deepEqual(
        report.links.filter((link) => link !== 'lo'),
        [name],
      );
      assert.ok(report.received >= 30, `${name} received ${report.received} of about 50 frames`);
      assert.ok(report.stoppedAfterMicros < 100_000, `${report.stoppedAfterMicros} us`);
    }
    const micros = reports.map((report) => report.stoppedAfterMicros.toFixed(0)).join(' and ');
    console.log(`      a message reached the sleeping thread after ${micros} us (${reports[0]!.policy})`);
  });

  for (const loadedBy of ['both', 'worker']) {
    for (const [ending, code, words = /^$/] of [
      ['main exits', 3],
      ['main terminates the worker', 4],
      ['main throws', 1, /^Error: main failed$/m],
      ['the worker throws', 7],
      ['the worker exits', 0],
    ] as const) {
      it(`end cleanly when ${ending}, the native module loaded by ${loadedBy === 'both' ? 'both threads' : 'the worker alone'}`, async () => {
        const started = performance.now();
        const child = spawn(
          process.execPath,
          [...process.execArgv, fileURLToPath(programUrl('ending')), ending, loadedBy],
          { stdio: ['ignore', 'ignore', 'pipe'] },
        );
        let said = '';
        child.stderr.on('data', (chunk) => {
          said += chunk;
        });
        const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
        assert.deepEqual([exitCode, signal], [code, null], said);
        assert.match(said, words);
        assert.ok(performance.now() - started < 15_000);
      });
    }
  }
});
