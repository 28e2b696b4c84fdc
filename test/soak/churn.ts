/** What goes on in a cluster that lives: a round of it, which leaves everything as it was. */
import { setTimeout as wait } from 'node:timers/promises';
import { endpointSlice } from '../lab/endpoint-slice.js';
import { loadBalancer, type Stack, vipPool } from '../lab/stack.js';
import type { Random } from '../simulation/random.js';

const guests = Array.from({ length: 6 }, (_, at) => `guest-${at}`);
const localName = 'local';

/** Services that are there all the time. */
export const residents = ['s0', 's1', 's2', 's3'];

const local = () => {
  const service = loadBalancer(localName) as { spec: object };
  return { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Local' } };
};

export async function begin(stack: Stack): Promise<void> {
  const { kind } = stack.api;
  await stack.apply(
    vipPool({ address: '10.77.0.100-10.77.0.119', groups: 4 }),
    ...residents.map((name) => loadBalancer(name)),
  );
  await stack.apply(local(), endpointSlice(kind, localName, [{ node: stack.nodes[0]!.name }]));
  for (const name of residents) await stack.holderOf(await stack.addressOf(name));
}

/** Services come and go, endpoints move, a node is cordoned or its cable is cut, now and then the API server or a group goes. */
export async function liveThrough(stack: Stack, random: Random, round: number): Promise<void> {
  const { api } = stack;
  const node = random.pick(stack.nodes);
  await stack.apply(...guests.map((name) => loadBalancer(name)));
  await stack.apply(endpointSlice(api.kind, localName, [{ node: random.pick(stack.nodes).name }]));
  if (round % 4 === 1) {
    await api.kubectl(['cordon', node.name]);
    await wait(2_000);
    await api.kubectl(['uncordon', node.name]);
  } else if (round % 4 === 3) {
    await node.host.cable.cut();
    await wait(2_500);
    await node.host.cable.heal();
  } else await wait(2_000);
  if (round % 10 === 4) await api.restart(1_000);
  if (round % 10 === 9) await api.kubectl(['delete', 'vipgroups', '--all', '--wait=false']);
  await api.kubectl(['delete', 'service', ...guests, '--ignore-not-found', '--wait=false']);
  await wait(2_000);
}
