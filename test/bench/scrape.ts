/**
 * What a scrape costs an agent that leads a thousand groups: how long it takes, and how late adverts are meanwhile, beside as long a time
 * in which nobody scrapes. The groups are on NICs that lead nowhere, 250 on each, with their adverts at 1 s.
 *
 *   node --import=tsx test/bench/scrape.ts [--groups 1000] [--scrapes 60] [--every 250] [--settle 50000]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { furnishedLab, type Lab } from '../lab/lab.js';
import { startNode } from '../lab/node.js';
import { figure, quantile, table } from './statistics.js';

const groupsOfNic = 250;

async function furnish(lab: Lab, count: number): Promise<Host> {
  const host = await lab.addHost('n1', 11);
  const manifests = join(lab.folder, 'manifests');
  mkdirSync(manifests);
  for (let nic = 0; nic * groupsOfNic < count; nic++) {
    await host.run('ip', ['link', 'add', `lan${nic}`, 'type', 'veth', 'peer', 'name', `end${nic}`]);
    await host.run('ip', ['address', 'add', `10.80.${nic}.1/16`, 'dev', `lan${nic}`]);
    for (const name of ['lan', 'end']) await host.run('ip', ['link', 'set', `${name}${nic}`, 'up']);
  }
  const documents = Array.from({ length: count }, (_, n) => manifest(n));
  writeFileSync(join(manifests, 'groups.yaml'), documents.map((each) => JSON.stringify(each)).join('\n---\n'));
  await startNode(host, { manifests, folder: lab.folder });
  return host;
}

function manifest(n: number): object {
  const nic = Math.floor(n / groupsOfNic);
  return {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'VipGroup',
    metadata: { name: `group-${n}` },
    spec: {
      protocol: 'vip',
      interface: `lan${nic}`,
      addresses: [`10.80.${100 + nic}.${(n % groupsOfNic) + 1}`],
      vrrp: { virtualRouterId: (n % groupsOfNic) + 1 },
      members: [{ node: 'n1', priority: 254, address: `10.80.${nic}.1` }],
    },
  };
}

interface Round {
  /** Milliseconds from asking to the last octet. */
  readonly took: readonly number[];
  /** The same to the first octet. */
  readonly began: readonly number[];
  readonly octets: number;
  readonly samples: number;
  readonly active: number;
  /** Adverts and silences by how late they were: seconds, and how many up to them since the start. */
  readonly lateness: readonly (readonly [string, number])[];
}

/** What runs on the host: asks so often, in its own process, as Prometheus does. */
const program = `
const [times, every] = process.argv.slice(1).map(Number);
const http = require('node:http');
const get = () => new Promise((resolve, reject) => {
  const from = performance.now();
  http.get({ host: '127.0.0.1', port: 17472, path: '/metrics', agent: false }, (response) => {
    const first = performance.now() - from;
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => resolve({ first, ms: performance.now() - from, chunks }));
  }).on('error', reject);
});
(async () => {
  const [took, began] = [[], []];
  let last;
  for (let i = 0; i < times; i++) {
    last = await get();
    took.push(last.ms);
    began.push(last.first);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  last.body = Buffer.concat(last.chunks).toString();
  const lateness = [...last.body.matchAll(/^openelb_engine_lateness_seconds_bucket\\{le="(.*)"\\} (\\d+)/gm)].map((m) => [m[1], Number(m[2])]);
  const samples = last.body.match(/^openelb/gm).length;
  const active = (last.body.match(/^openelb_group_state\\{.*state="Active"\\} 1$/gm) ?? []).length;
  console.log(JSON.stringify({ took, began, octets: last.body.length, samples, active, lateness }));
})();
`;

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '1000' },
    scrapes: { type: 'string', default: '60' },
    every: { type: 'string', default: '250' },
    settle: { type: 'string', default: '50000' },
  },
});
const [groups, scrapes, every] = [values.groups, values.scrapes, values.every].map(Number) as [number, number, number];
const lab = await furnishedLab(`scrape${process.pid}`, async (each) => each);
try {
  const host = await furnish(lab, groups);
  const scrape = async (times: number): Promise<Round> =>
    JSON.parse(await host.run(process.execPath, ['-e', program, String(times), String(every)])) as Round;
  await eventually('all groups led', async () => (await scrape(1).catch(() => undefined))?.active === groups, {
    withinMs: 60_000,
    everyMs: 1_000,
  });
  await scrape(10);
  // What a start has left is given back after 45 s, which holds up everything for a moment.
  await wait(Number(values.settle));
  await scrape(10);
  const before = await scrape(1);
  await wait(scrapes * every);
  const quiet = await scrape(1);
  const busy = await scrape(scrapes);
  const late = (from: Round, to: Round, le: string) => {
    const beyond = ({ lateness }: Round) => lateness.at(-1)![1] - lateness.find(([bound]) => bound === le)![1];
    return String(beyond(to) - beyond(from));
  };
  const adverts = (from: Round, to: Round) => String(to.lateness.at(-1)![1] - from.lateness.at(-1)![1]);
  const bounds = ['0.0025', '0.005', '0.01', '0.025'];
  console.log(`${groups} groups, ${busy.samples} series, ${busy.octets} octets, ${scrapes} scrapes`);
  console.log(
    table(
      [
        '',
        'median ms to the first octet',
        'to the last',
        '99 % ms',
        'worst ms',
        'adverts',
        ...bounds.map((bound) => `later than ${Number(bound) * 1000} ms`),
      ],
      [
        [
          'nobody scrapes',
          '',
          '',
          '',
          '',
          adverts(before, quiet),
          ...bounds.map((bound) => late(before, quiet, bound)),
        ],
        [
          'scraped',
          figure(quantile(busy.began, 0.5)),
          ...[0.5, 0.99, 1].map((share) => figure(quantile(busy.took, share))),
          adverts(quiet, busy),
          ...bounds.map((bound) => late(quiet, busy, bound)),
        ],
      ],
    ),
  );
} finally {
  lab.close();
}
