/**
 * From the creation of a Service to its VIP answering ARP: an API server, the controller and three agents as real processes on hosts of
 * a lab; a client on the same LAN asks for the next address every 2 ms. The clock starts before the request that creates the
 * Service is sent.
 *
 *   node scripts/build.mjs && KUBEBUILDER_ASSETS=… node --import=tsx test/bench/service-latency.ts [--services 40] [--pause 250] [--json FILE]
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eventually } from '../lab/eventually.js';
import { type Process, programArguments } from '../lab/process.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';
import { figure, quantile, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '40' },
    /** Milliseconds between two Services. */
    pause: { type: 'string', default: '250' },
    json: { type: 'string' },
  },
});

/** The lines that a program prints, one after the other. */
function linesOf(program: Process): (what: string) => Promise<string> {
  const lines: string[] = [];
  program.onLine((line) => lines.push(line));
  return (what) => eventually(what, () => lines.shift(), { everyMs: 1, withinMs: 30_000, onTimeout: program.log });
}

async function everyGroupLed({ api }: Stack): Promise<readonly VipGroup[]> {
  return eventually(
    'a leader of every group',
    async () => {
      const { items } = JSON.parse(await api.kubectl(['get', 'vipgroups', '-o', 'json'])) as { items: VipGroup[] };
      return items.length > 0 && items.every(({ status }) => status?.holder !== undefined) && items;
    },
    { withinMs: 30_000, everyMs: 200 },
  );
}

async function measure(stack: Stack): Promise<readonly number[]> {
  const { client, control, api } = stack;
  const askerProgram = programArguments(new URL('./programs/arp-asker', import.meta.url), import.meta.url);
  const asker = client.start('arp-asker', process.execPath, [...askerProgram, client.address]);
  const creatorProgram = programArguments(new URL('../lab/programs/service-creator', import.meta.url), import.meta.url);
  const creator = control.start('service-creator', process.execPath, [...creatorProgram, api.kubeconfig]);
  const [asked, created] = [linesOf(asker), linesOf(creator)];
  const delays: number[] = [];
  for (let i = 0; i < Number(values.services); i += 1) {
    const address = `10.77.0.${100 + i}`;
    asker.write(address);
    await asked('an address that nobody answers for');
    creator.write(JSON.stringify(loadBalancer(`s${i}`, { 'eip.openelb.kubesphere.io/v1alpha1': address })));
    const [at, answeredAt] = [Number(await created('a Service created')), Number(await asked(`${address} answering`))];
    delays.push((answeredAt - at) / 1000);
    await wait(Number(values.pause));
  }
  return delays;
}

const stack = await startStack(`svclat${process.pid}`, { say: (text) => process.stderr.write(`${text}\n`) });
try {
  await stack.apply(vipPool({ address: '10.77.0.100-10.77.0.199' }));
  const groups = await everyGroupLed(stack);
  process.stderr.write(`${groups.length} groups have leaders, and no address\n`);
  const delays = await measure(stack);
  const cells = [0.5, 0.9, 0.99].map((share) => figure(quantile(delays, share)));
  console.log(
    table(
      ['API server', 'Services', 'median ms', 'p90 ms', 'p99 ms', 'least ms', 'first ms', 'load average'],
      [
        [
          stack.api.kind,
          String(delays.length),
          ...cells,
          figure(Math.min(...delays)),
          figure(delays[0]!),
          figure(loadavg()[0]!),
        ],
      ],
    ),
  );
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ api: stack.api.kind, delays })}\n`);
} finally {
  stack.lab.close();
}
process.exit(0);
