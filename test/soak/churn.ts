/** What goes on in a cluster that lives: a round of it, which leaves everything as it was and no program started anew. */
import { setTimeout as wait } from 'node:timers/promises';
import { clocksIn } from '../chaos/clocks.js';
import { faults } from '../chaos/faults/index.js';
import { endpointSlice } from '../lab/endpoint-slice.js';
import { loadBalancer, type Stack, vipPool } from '../lab/stack.js';
import type { Random } from '../simulation/random.js';

const guests = Array.from({ length: 6 }, (_, at) => `guest-${at}`);
const localName = 'local';

/** Services that are there all the time. */
const residents = ['s0', 's1', 's2', 's3'];

/** What befalls a node, or the cluster, in turn. */
const befalling = [
  'the node is cordoned',
  'the cable is pulled',
  'the API server is out of the node’s reach',
  'the NIC goes down and up',
  'somebody takes a virtual address off the NIC',
  'a part of what comes in is lost',
  'somebody deletes the groups',
  'somebody writes an address into the status of a Service',
].map((name) => faults.find((each) => each.name === name)!);

const local = () => {
  const service = loadBalancer(localName) as { spec: object };
  return { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Local' } };
};

export async function begin(stack: Stack): Promise<void> {
  const { kind } = stack.api;
  const pool = vipPool({ address: '10.77.0.100-10.77.0.119', groups: 4 });
  await stack.apply(pool, ...residents.map((name) => loadBalancer(name)));
  await stack.apply(local(), endpointSlice(kind, localName, [{ node: stack.nodes[0]!.name }]));
  for (const name of residents) await stack.holderOf(await stack.addressOf(name));
}

/** Services come and go, endpoints move, and something befalls the cluster. */
export async function liveThrough(stack: Stack, random: Random, round: number): Promise<void> {
  const { api } = stack;
  const scene = {
    ...{ stack, clocks: clocksIn(stack.lab.folder), random, node: random.pick(stack.nodes) },
    address: await stack.addressOf(random.pick(residents)),
  };
  await stack.apply(...guests.map((name) => loadBalancer(name)));
  await stack.apply(endpointSlice(api.kind, localName, [{ node: random.pick(stack.nodes).name }]));
  const fault = befalling[round % befalling.length]!;
  await fault.befall(scene);
  await wait(2_500);
  await fault.undo?.(scene);
  await api.kubectl(['delete', 'service', ...guests, '--ignore-not-found', '--wait=false']);
  await wait(2_500);
}
