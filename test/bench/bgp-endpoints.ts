/**
 * From an endpoint that becomes ready, or no longer is, to the UPDATE on the router's wire, of a Service with externalTrafficPolicy Local:
 * an API server, the controller and two agents as real processes on hosts of a lab, BIRD as the router. The clock starts before the request
 * that writes the EndpointSlice is sent, and ends when the router's kernel has the frame. Prints the table of docs/benchmarks/bgp.md.
 *
 *   node scripts/compile.mjs && node scripts/build.mjs &&
 *     KUBEBUILDER_ASSETS=… node build/test/bench/bgp-endpoints.js [--changes 200] [--pause 100] [--services 0]     as root
 */
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endpointOn, endpointSlice } from '../lab/endpoint-slice.js';
import { eventually } from '../lab/eventually.js';
import { programArguments } from '../lab/process.js';
import { eventuallyGateways } from '../lab/routers/kernel-routes.js';
import { objectsFor, startRouterOf } from '../lab/routers/of-stack.js';
import { loadBalancer, localLoadBalancer, startStack } from '../lab/stack.js';
import { watchUpdates } from '../lab/update-watch.js';
import { figure, quantile, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '200' },
    /** Milliseconds between two changes. */
    pause: { type: 'string', default: '100' },
    /** How many other Services the same Eip has. */
    services: { type: 'string', default: '0' },
  },
});
const inPool = { 'eip.openelb.kubesphere.io/v1alpha2': 'pool' };
/** The program that writes them knows them only as the real server has them. */
const endpoint = (node: string) => endpointOn('real', { node });

interface Sample {
  readonly what: 'ready' | 'not ready';
  /** Milliseconds from before the request. */
  readonly answered: number;
  readonly group: number;
  readonly update: number;
}

const stack = await startStack(`bgpendp${process.pid}`, { nodeCount: 2 });
try {
  const samples = await measure();
  const rows = (['ready', 'not ready'] as const).map((what) => {
    const of = samples.filter((sample) => sample.what === what);
    const cell = (field: 'answered' | 'group' | 'update', share: number) =>
      figure(
        quantile(
          of.map((sample) => sample[field]),
          share,
        ),
      );
    return [
      what,
      String(of.length),
      cell('answered', 0.5),
      cell('group', 0.5),
      cell('update', 0.5),
      cell('update', 0.9),
      cell('update', 0.99),
      figure(loadavg()[0]!),
    ];
  });
  const header = ['endpoint', 'changes', 'written', 'VipGroup', 'UPDATE', 'UPDATE p90', 'UPDATE p99', 'load average'];
  console.log(`${values.services} other Services; ms, medians where nothing else is said`);
  console.log(table(header, rows));
} finally {
  stack.lab.close();
}
process.exit(0);

async function measure(): Promise<readonly Sample[]> {
  const host = await stack.lab.addHost('router', 1);
  await startRouterOf(stack, 'bird', host);
  await stack.apply(
    ...objectsFor(host, '198.51.100.0/22'),
    localLoadBalancer('web', inPool),
    endpointSlice('real', 'web', [{ node: 'n1' }]),
    ...Array.from({ length: Number(values.services) }, (_, i) => loadBalancer(`other${i}`, inPool)),
  );
  const address = await stack.addressOf('web');
  const [n1, n2] = stack.nodes.map((node) => node.host);
  const ways = (...hosts: (typeof n1)[]) =>
    eventuallyGateways(
      host,
      `${address}/32`,
      hosts.map((each) => each!.address),
    );
  await ways(n1);
  const program = programArguments(new URL('../lab/programs/endpoint-switch', import.meta.url), import.meta.url);
  const writer = stack.control.start('writer', process.execPath, [...program, stack.api.kubeconfig, 'web']);
  const lines: string[][] = [];
  let ready = false;
  writer.onLine((line) => {
    if (line === 'ready') ready = true;
    else lines.push(line.split(' '));
  });
  await eventually('the writer', () => ready, { onTimeout: writer.log });
  const watch = await watchUpdates(host);
  await wait(3000); // the Events of the beginning are written

  const samples: Sample[] = [];
  for (let i = 0; i < Number(values.changes); i += 1) {
    const what = i % 2 === 0 ? 'ready' : 'not ready';
    lines.splice(0);
    const seen = watch.updates.length;
    writer.write(JSON.stringify(what === 'ready' ? [endpoint('n1'), endpoint('n2')] : [endpoint('n1')]));
    const found = await eventually(
      `the UPDATE of change ${i}`,
      () => watch.updates.slice(seen).find(({ from }) => from === n2!.address),
      { everyMs: 5, onTimeout: () => stack.controller().log() },
    );
    const line = (kind: string) =>
      eventually(`the line ${kind}`, () => lines.find(([first]) => first === kind), { everyMs: 5 });
    const [, before, after] = (await line('written')).map(Number);
    const [, group] = (await line('group')).map(Number);
    const since = (at: number) => (at - before!) / 1000;
    samples.push({ what, answered: since(after!), group: since(group!), update: since(found.at) });
    await wait(Number(values.pause) * (0.5 + Math.random()));
  }
  await watch.stop();
  return samples;
}
