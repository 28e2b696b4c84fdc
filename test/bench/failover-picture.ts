/**
 * Draws docs/pictures/failover.svg: what a client that asks a thousand times a second sees when the leader's agent is told to end, and when
 * its cable is cut. Three nodes without Kubernetes, adverts each 250 ms, which is the default. Nothing is drawn but what was measured.
 *
 * usage: node --import=tsx test/bench/failover-picture.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { monotonicMicros } from '../../src/platform/linux/clock.js';
import { answeredByAnother, during } from '../lab/election.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import type { Prober } from '../lab/prober.js';
import { lengthOf, type Probe } from '../lab/silence.js';

const vip = '10.77.0.100';

interface Strip {
  readonly title: string;
  readonly said: string;
  readonly leader: string;
  /** Instants are milliseconds from the fault. */
  readonly probes: readonly { readonly at: number; readonly by?: string }[];
}

async function strip(lab: ManifestNodes, title: string, fault: (leader: Node) => unknown): Promise<Strip> {
  let faultAt = 0;
  let probes: readonly Probe[] = [];
  const { outage, before } = await during({ ...lab, vip }, async (leader: Node, prober: Prober) => {
    faultAt = monotonicMicros();
    await fault(leader);
    await answeredByAnother(prober, leader);
    await wait(Math.max(0, (faultAt - monotonicMicros()) / 1000 + shown.to + 500)); // late answers as well
    probes = [...prober.probes()];
  });
  const said =
    outage === undefined
      ? 'no request lost'
      : `${Math.round(lengthOf(outage) / 1000)} ms without an answer, ${outage.lost} requests lost`;
  const around = probes
    .map(({ sentAt, by }) => ({ at: (sentAt - faultAt) / 1000, ...(by === undefined ? {} : { by }) }))
    .filter(({ at }) => at >= shown.from && at < shown.to);
  return { title, said, leader: before.name, probes: around };
}

const shown = { from: -200, to: 1000 };
const width = 860;
const left = 30;
const scale = (width - 2 * left) / (shown.to - shown.from);
const x = (ms: number) => (left + (ms - shown.from) * scale).toFixed(1);

/** The probes in runs of those that the same host answered, or nobody. */
function runsOf(probes: Strip['probes']) {
  const runs: { from: number; to: number; by: string | undefined }[] = [];
  for (const { at, by } of probes) {
    const last = runs.at(-1);
    if (last !== undefined && last.by === by) last.to = at + 1;
    else runs.push({ from: at, to: at + 1, by });
  }
  return runs;
}

function drawn({ title, said, leader, probes }: Strip, top: number): string {
  const bars = runsOf(probes).map(({ from, to, by }) => {
    const kind = by === undefined ? 'none' : by === leader ? 'first' : 'next';
    const box = `x="${x(from)}" y="${top + 26}" width="${((to - from) * scale).toFixed(2)}" height="40"`;
    const name = by === undefined || to - from < 60 ? '' : label(by, (from + to) / 2, top + 51);
    return `<rect class="${kind}" ${box}/>${name}`;
  });
  return [
    `<text class="title" x="${left}" y="${top + 14}">${title}: <tspan class="said">${said}</tspan></text>`,
    ...bars,
    `<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="${top + 20}" y2="${top + 74}"/>`,
  ].join('\n');
}

function label(name: string, at: number, y: number): string {
  return `<text class="name" x="${x(at)}" y="${y}">${name} answers</text>`;
}

function picture(strips: readonly Strip[]): string {
  const height = strips.length * 92 + 46;
  const ticks = [0, 200, 400, 600, 800, 1000].map(
    (ms) => `<text class="tick" x="${x(ms)}" y="${height - 12}">${ms === 0 ? 'fault' : `${ms} ms`}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t">
<title id="t">${strips.map(({ title, said }) => `${title}: ${said}`).join('. ')}.</title>
<style>
text { font: 14px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 } .said { font-weight: 400 } .name { text-anchor: middle; fill: #fff } .tick { text-anchor: middle; font-size: 12px }
.first { fill: #3566b0 } .next { fill: #2e7d4f } .none { fill: #d64545 } .fault { stroke: #24292f; stroke-dasharray: 4 3 }
.back { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .fault { stroke: #e6edf3 } .back { fill: #0d1117 } }
</style>
<rect class="back" width="${width}" height="${height}"/>
${strips.map((each, at) => drawn(each, 12 + at * 92)).join('\n')}
${ticks.join('\n')}
</svg>
`;
}

const lab = await startManifestNodes('benchpicture', 3);
try {
  lab.write('web', {
    protocol: 'vip',
    interface: 'eth0',
    addresses: [vip],
    vrrp: { virtualRouterId: 7, advertisementInterval: '250ms' },
  });
  const strips = [
    await strip(lab, 'The leader is told to end (an upgrade, a drain)', (leader) => leader.agent().signal('SIGTERM')),
    await strip(lab, "The leader's cable is cut", (leader) => leader.host.cable.cut()),
  ];
  for (const { title, said } of strips) console.error(`${title}: ${said}`);
  const folder = join(projectRoot(), 'docs/pictures');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'failover.svg'), picture(strips));
} finally {
  lab.lab.close();
}
