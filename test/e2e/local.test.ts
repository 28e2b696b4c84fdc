// externalTrafficPolicy Local: the address goes where the endpoints go, while a client asks a thousand times a second.
import assert from 'node:assert/strict';
import { execa } from 'execa';
import { monotonicMicros } from '../lab/clock.js';
import { type Endpoint, endpointSlice } from '../lab/endpoint-slice.js';
import { eventually } from '../lab/eventually.js';
import { startProber } from '../lab/prober.js';
import { silencesOf } from '../lab/silence.js';
import { localLoadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

/** From the answer to the write of the EndpointSlice until the other node answers, in microseconds. */
const followsWithin = 150_000;

describe('the address of a Local Service', function () {
  this.timeout(180_000);
  let stack: Stack;
  let address: string;

  before(async () => {
    stack = await startStack(`e2elocal${process.pid}`);
    await stack.apply(vipPool({ groups: 1 }), localLoadBalancer('web'), slice('web', [{ node: 'n1' }]));
    address = await stack.addressOf('web');
    await holds('n1');
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.log(await stack.api.kubectl(['get', 'vipgroups', '-o', 'yaml']));
    for (const { agent } of [...stack.nodes, { agent: stack.controller }]) console.log(agent().log());
  });

  const holds = (node: string) =>
    eventually(`${address} on ${node}`, async () => (await stack.holderOf(address)).name === node);

  /** Writes the endpoints and waits until `to` answers. How long that took after the server had answered, and what was lost. */
  const moved = async (endpoints: readonly Endpoint[], to: string) => {
    const prober = startProber(stack.client, address);
    try {
      await prober.answered();
      const at = await written(slice('web', endpoints));
      const first = await eventually(`an answer by ${to}`, () => prober.probes().find(({ by }) => by === to), {
        withinMs: 10_000,
        everyMs: 20,
      });
      const tookUs = first.sentAt - at;
      await holds(to);
      return { tookUs, silences: silencesOf(await prober.stop()) };
    } finally {
      await prober.stop();
    }
  };

  /** When the server had answered, by kubectl's own log, in microseconds of the monotonic clock. */
  const written = async (object: object): Promise<number> => {
    const [command = '', ...args] = stack.api.kubectlCommand;
    const flags = [`--validate=${stack.api.kind === 'real'}`, '-v=6'];
    const { stderr } = await execa(command, [...args, 'apply', ...flags, '-f', '-'], { input: JSON.stringify(object) });
    const answer = /^I\d{4} (\d\d):(\d\d):(\d\d)\.(\d{6}) .*"?PATCH/m.exec(stderr);
    assert.ok(answer, stderr);
    const [hours = 0, minutes = 0, seconds = 0, micros = 0] = answer.slice(1).map(Number);
    const day = new Date();
    const wall = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours, minutes, seconds).getTime();
    return monotonicMicros() - (Date.now() - wall) * 1000 + micros;
  };

  it('follows the only ready endpoint to another node at once', async () => {
    const took: number[] = [];
    for (const to of ['n2', 'n1', 'n3', 'n1', 'n2']) {
      const { tookUs, silences } = await moved([{ node: to }], to);
      console.log(`      ${to}: ${Math.round(tookUs / 1000)} ms, ${silences.length} silences`);
      took.push(tookUs);
    }
    const median = took.toSorted((a, b) => a - b)[2]!;
    assert.ok(median <= followsWithin, `the median of ${took.map((us) => Math.round(us / 1000)).join(', ')} ms`);
  });

  it('follows two endpoints to two other nodes at once', async () => {
    await stack.apply(slice('web', [{ node: 'n1' }]));
    await holds('n1');
    const both = [{ node: 'n2' }, { node: 'n3' }];
    const prober = startProber(stack.client, address);
    await prober.answered();
    const at = await written(slice('web', both));
    const first = await eventually('an answer by another node', () =>
      prober.probes().find(({ by }) => by !== undefined && by !== 'n1'),
    );
    await prober.stop();
    const tookMs = (first.sentAt - at) / 1000;
    console.log(`      ${first.by}: ${Math.round(tookMs)} ms`);
    assert.ok(tookMs * 1000 <= followsWithin, `${tookMs} ms`);
  });

  it('stays where an endpoint is terminating and still serves, while no ready one is left', async () => {
    await stack.apply(slice('web', [{ node: 'n1' }]));
    await holds('n1');
    const draining = { ready: false, serving: true, terminating: true };
    const prober = startProber(stack.client, address);
    await prober.answered();
    await stack.apply(slice('web', [{ node: 'n1', conditions: draining }]));
    await prober.answered();
    const { generation } = (await stack.groupOf(address)).metadata as { generation?: number };
    await stack.apply(slice('web', [{ node: 'n1', conditions: draining }, { node: 'n2' }]));
    await holds('n2');
    const members = (await stack.groupOf(address)).spec.members.map(({ node }) => node);
    assert.deepEqual(members, ['n2'], 'the terminating one counts no more');
    const after = (await stack.groupOf(address)).metadata as { generation?: number };
    assert.ok(after.generation! > generation!);
    assert.deepEqual(silencesOf(await prober.stop()), []);
  });

  function slice(name: string, endpoints: readonly Endpoint[]): object {
    return endpointSlice(stack.api.kind, name, endpoints);
  }
});
