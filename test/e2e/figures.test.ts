import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import { startManifestNodes } from '../lab/manifest-nodes.js';
import { startProgram } from '../lab/node.js';
import { startProber } from '../lab/prober.js';
import { type Process, programArguments } from '../lab/process.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const trials = 20;

describe('the figures of a running cluster', function () {
  this.timeout(300_000);
  let stack: Stack;
  before(async () => {
    stack = await startStack(`e2efigures${process.pid}`);
    await stack.apply(vipPool(), loadBalancer('first'));
    await stack.holderOf(await stack.addressOf('first'));
  });
  after(() => stack?.lab.close());

  it('a Service created is a VIP that answers within 100 ms at the median', async () => {
    const program = programArguments(new URL('../lab/programs/service-creator', import.meta.url), import.meta.url);
    const creator = stack.control.start('creator', process.execPath, [...program, stack.api.kubeconfig]);
    const created: number[] = [];
    creator.onLine((line) => created.push(Number(line)));
    const delays: number[] = [];
    for (let i = 0; i < trials; i += 1) {
      const address = `10.77.0.${150 + i}`;
      const service = loadBalancer(`s${i}`, { 'eip.openelb.kubesphere.io/v1alpha1': address });
      if (i === 0) await stack.apply(vipPool({ address: '10.77.0.100-10.77.0.110,10.77.0.150-10.77.0.190' }));
      const prober = startProber(stack.client, address);
      await eventually('probes that nobody answers', () => prober.probes().length > 100);
      creator.write(JSON.stringify(service));
      await eventually(`the creation of s${i}`, () => created.length > i, { onTimeout: () => creator.log() });
      await prober.answered(20_000);
      const first = prober.probes().find((probe) => probe.answeredAt !== undefined);
      delays.push((first!.answeredAt! - created[i]!) / 1000);
      await prober.stop();
    }
    creator.end();
    const sorted = delays.toSorted((a, b) => a - b);
    console.log(
      `      from Service to answer, ms: median ${median(sorted).toFixed(0)}, all ${sorted.map((ms) => ms.toFixed(0)).join(' ')}`,
    );
    assert.ok(median(sorted) < 100, `median ${median(sorted)} ms`);
  });

  it('controller and agents are under 100 MB resident', () => {
    const programs: readonly Process[] = [stack.controller(), ...stack.nodes.map((node) => node.agent())];
    for (const program of programs) assertResident(program);
  });

  it('a controller is up within 500 ms of its start', async () => {
    stack.controller().signal('SIGTERM');
    await stack.controller().exited;
    const times: StartUp[] = [];
    for (let i = 0; i < 8; i += 1) {
      const started = monotonicMicros();
      const controller = stack.startController();
      await eventually('its first line', () => controller.log().includes('"started"'), { everyMs: 2 });
      times.push({ wallMs: (monotonicMicros() - started) / 1000, cpuMs: cpuMilliseconds(controller.pid) });
      controller.signal('SIGTERM');
      await controller.exited;
    }
    assertStartUp(times);
  });
});

describe('the figures of an agent', function () {
  this.timeout(60_000);

  it('is up within 500 ms of its start, and under 100 MB resident', async () => {
    const { lab, nodes } = await startManifestNodes(`e2estart${process.pid}`, 1);
    try {
      const { host, agent } = nodes[0]!;
      await eventually('the engine of the one whose log they share', () => agent().log().includes('"engine started"'));
      const times: StartUp[] = [];
      for (let i = 0; i < 8; i += 1) {
        const started = monotonicMicros();
        const another = startProgram(host, 'agent', {
          'node-name': `start${i}`,
          'state-dir': lab.folder,
          manifests: lab.folder,
          'health-address': '0',
          'metrics-address': '0',
        });
        await eventually('its engine', () => another.log().includes('"engine started"'), { everyMs: 2 });
        times.push({ wallMs: (monotonicMicros() - started) / 1000, cpuMs: cpuMilliseconds(another.pid) });
        another.signal('SIGTERM');
        await another.exited;
      }
      assertResident({ title: `${agent().title}, without a cluster`, pid: agent().pid });
      assertStartUp(times);
    } finally {
      lab.close();
    }
  });
});

interface StartUp {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A start counts by the clock, or, on a machine that is busy with other things, by the CPU time it took. */
function assertStartUp(times: readonly StartUp[]): void {
  const text = times.map(({ wallMs, cpuMs }) => `${wallMs.toFixed(0)} (CPU ${cpuMs})`).join(', ');
  console.log(`      start-up, ms: ${text}`);
  const costs = times.map(({ wallMs, cpuMs }) => Math.min(wallMs, cpuMs)).toSorted((a, b) => a - b);
  assert.ok(median(costs) < 500, text);
}

/** User and system time of proc(5), in ticks of 10 ms. */
function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** By VmRSS of proc(5). */
function assertResident({ title, pid }: Pick<Process, 'title' | 'pid'>): void {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  const megabytes = Number(line?.[1]) / 1024;
  console.log(`      ${title}: ${megabytes.toFixed(0)} MB`);
  assert.ok(megabytes < 100, `${title}: ${megabytes} MB`);
}
