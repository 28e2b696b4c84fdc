import { answeredByAnother, during, settledLeader } from '../../test/lab/election.js';
import { lengthOf } from '../../test/lab/silence.js';
import { loadBalancer, type Stack, vipPool } from '../../test/lab/stack.js';

/** The line that `--once` ends with. */
export interface TourResult {
  readonly vip: string;
  readonly holderBefore: string;
  readonly holderAfter: string;
  /** How long no request was answered, from the last answered one before to the first one after. */
  readonly failoverMs: number;
  readonly requestsLost: number;
}

/**
 * The main job, told as it happens: a pool, a Service, its address answering, the leader's cable cut, the address moved.
 * @throws Error with the reason when a part of it does not happen.
 */
export async function tour(stack: Stack, o: { interval: string; say: (text: string) => void }): Promise<TourResult> {
  const { say } = o;
  const show = async (...args: string[]) => {
    say(`\n$ kubectl ${args.join(' ')}`);
    say(await stack.api.kubectl(args));
  };

  say(`\n* a pool of addresses and a Service that asks for one; adverts every ${o.interval}`);
  await stack.apply(vipPool({ interval: o.interval }), loadBalancer('web'));
  const vip = await stack.addressOf('web');
  const election = { client: stack.client, nodes: stack.nodes, vip };
  await settledLeader(election);
  await stack.holderOf(vip);
  await show('get', 'eip');
  await show('get', 'vipgroups');
  await show('get', 'svc', 'web');

  say(`\n$ ip netns exec ${stack.client.namespace} curl http://${vip}/`);
  say(await stack.client.run(process.execPath, ['-e', request, `http://${vip}/`]));

  say('\n* a thousand requests a second run from the client; the cable of the node that leads is cut');
  const { outage, before, after } = await during(election, async (leader, prober) => {
    await leader.host.cable.cut();
    await answeredByAnother(prober, leader);
    await stack.holderOf(vip, { not: leader.name });
  });
  if (outage?.to === undefined)
    throw new Error(`${vip} was not answered again after the cable of ${before.name} was cut`);
  const failoverMs = Math.round(lengthOf(outage) / 100) / 10;
  say(`* ${vip} was silent for ${failoverMs} ms (${outage.lost} requests lost); now ${after.name} holds it`);
  await show('get', 'vipgroups');
  await before.host.cable.heal();
  return { vip, holderBefore: before.name, holderAfter: after.name, failoverMs, requestsLost: outage.lost };
}

/** The client may have no curl. */
const request = `require('node:http').get(process.argv[1], (response) => response.pipe(process.stdout))`;
