import { run } from '../../test/lab/command.js';
import { answeredByAnother, during, settledLeader } from '../../test/lab/election.js';
import { eventually } from '../../test/lab/eventually.js';
import { lengthOf } from '../../test/lab/silence.js';
import type { Stack } from '../../test/lab/stack.js';
import { type Neighbor, neighborOf, neighborText } from './arp.js';
import type { Commands } from './commands.js';
import { playgroundPool, playgroundService, poolName, serviceName } from './pool.js';

/** The line that `--once` ends with. */
export interface TourResult {
  readonly mode: 'vip' | 'layer2';
  readonly vip: string;
  readonly holderBefore: string;
  readonly holderAfter: string;
  /** Whose MAC the client's ARP table had; absent where it was no node's. */
  readonly arpBefore?: string;
  readonly arpAfter?: string;
  /** How long no request was answered, from the last answered one before to the first one after. */
  readonly failoverMs: number;
  readonly requestsLost: number;
  /** What the API server said to deleting the pool. */
  readonly refusal: string;
}

/**
 * The main job, told as it happens: a pool, a Service, its address answering, a deletion refused, the leader's cable cut, the address
 * moved.
 * @throws Error with the reason when a part of it does not happen.
 */
export async function tour(
  stack: Stack,
  o: { mode: 'vip' | 'layer2'; interval: string; commands: Commands; say: (text: string) => void },
): Promise<TourResult> {
  const { say, mode } = o;
  const show = async (...args: string[]) => {
    say(`\n$ kubectl ${args.join(' ')}`);
    say(await stack.api.kubectl(args));
  };

  say(`\n* a pool of addresses in ${mode} mode and a Service that asks for one; adverts every ${o.interval}`);
  await stack.apply(playgroundPool(o), playgroundService());
  const vip = await stack.addressOf(serviceName);
  const election = { client: stack.client, nodes: stack.nodes, vip };
  await settledLeader(election);
  await stack.settled(); // else what is shown here may have moved by the time the cable is cut
  await settledLeader(election);
  await stack.api.kubectl(['wait', '--for=jsonpath={.status.usage}=1', `eip/${poolName}`, '--timeout=20s']);
  await show('get', 'eip');
  await show('get', 'vipgroups');
  await show('get', 'svc', serviceName);

  say(`\n$ ${o.commands.get} http://${vip}/`);
  say(await run(o.commands.get, [`http://${vip}/`]));

  const on = await nodesWith(stack, vip);
  say(`* on a NIC: ${on.length > 0 ? `of ${on.join(', ')}` : 'nowhere, it is only answered for'}`);

  say(`\n$ kubectl delete eip ${poolName}`);
  const refusal = await refusedDeletion(stack);
  say(refusal);

  say('\n* a thousand requests a second run from the client; the cable of the node that leads is cut');
  let arpBefore: Neighbor | undefined;
  let arpAfter: Neighbor | undefined;
  const { outage, before, after } = await during(election, async (leader, prober) => {
    arpBefore = await neighborOf(stack.client, vip, stack.nodes);
    say(`* before: ${neighborText(vip, arpBefore)}; ${prober.lastAnswerBy()} answers`);
    await leader.host.cable.cut();
    await answeredByAnother(prober, leader);
    arpAfter = await neighborOf(stack.client, vip, stack.nodes);
    say(`* after:  ${neighborText(vip, arpAfter)}; ${prober.lastAnswerBy()} answers`);
    await stack.holderOf(vip, { not: leader.name });
  });
  if (outage?.to === undefined)
    throw new Error(`${vip} was not answered again after the cable of ${before.name} was cut`);
  const failoverMs = Math.round(lengthOf(outage) / 100) / 10;
  say(`* ${vip} was silent for ${failoverMs} ms (${outage.lost} requests lost); now ${after.name} holds it`);
  await show('get', 'vipgroups');
  await before.host.cable.heal();
  return {
    mode,
    vip,
    holderBefore: before.name,
    holderAfter: after.name,
    ...(arpBefore?.node !== undefined && { arpBefore: arpBefore.node }),
    ...(arpAfter?.node !== undefined && { arpAfter: arpAfter.node }),
    failoverMs,
    requestsLost: outage.lost,
    refusal,
  };
}

async function nodesWith(stack: Stack, address: string): Promise<readonly string[]> {
  const all = await Promise.all(stack.nodes.map(({ host }) => host.addresses()));
  return stack.nodes.filter((_, index) => all[index]!.includes(address)).map(({ name }) => name);
}

/** What the API server says to a deletion, once it has learnt of the webhook: until then it is only asked what it would say. */
export async function refusedDeletion(stack: Stack): Promise<string> {
  const deletion = (...more: string[]) =>
    stack.api.kubectl(['delete', 'eip', poolName, ...more]).then(
      () => undefined,
      (error: Error) => error,
    );
  await eventually(
    `the webhook to refuse the deletion of Eip ${poolName}`,
    async () => (await deletion('--dry-run=server'))?.message.includes('denied the request'),
    { withinMs: 30_000, everyMs: 200, onTimeout: () => stack.controller().log() },
  );
  const refused = await deletion();
  if (refused === undefined) throw new Error(`Eip ${poolName} was deleted although an address of it is in use`);
  return refused.message.replace(/^kubectl [^:]*: /, '').trim();
}
