import assert from 'node:assert/strict';
import { registerAgentMetrics } from '../../../src/agent/agent-metrics.js';
import { counterHelp, registerBgpMetrics } from '../../../src/agent/bgp-metrics.js';
import { noSilences } from '../../../src/agent/engine/election/silences.js';
import { noLateness } from '../../../src/agent/engine/lateness.js';
import type { EngineFigures } from '../../../src/agent/engine/messages.js';
import { registerApiMetrics } from '../../../src/platform/observability/api-metrics.js';
import { createMetrics } from '../../../src/platform/observability/metrics.js';
import { registerBuildInfo } from '../../../src/platform/observability/program-version.js';

/** A line of the text format 0.0.4, with label values in which nothing is left that could end them. */
const sample =
  /^[a-z][a-z0-9_]*(\{[a-z]+="(?:[^"\\\p{Cc}]|\\[\\n"])*"(,[a-z]+="(?:[^"\\\p{Cc}]|\\[\\n"])*")*\})? (?:[0-9.e+-]+|\+Inf|NaN)$/u;

const hostile = (n: number) => `g${n}"} 1\nforged{x="\\\r\u2028\u0000${'é'.repeat(200)}`;
const ordinary = (n: number) => `group-${n}`;

describe('the series of an agent', () => {
  for (const [kind, name] of [
    ['ordinary', ordinary],
    ['hostile', hostile],
  ] as const)
    it(`are a few for each of 1000 groups and 100 peers with ${kind} names, and end with them`, async () => {
      const agent = createAgent();
      const sizes: number[] = [];
      for (let round = 0; round < 4; round++) {
        agent.names = Array.from({ length: 1000 }, (_, n) => name(round * 1000 + n));
        agent.peers = Array.from({ length: 100 }, (_, n) => name(round * 100 + n));
        const lines = (await agent.metrics.text()).split('\n').slice(0, -1);
        for (const line of lines) assert.match(line, line.startsWith('#') ? /^# (HELP|TYPE) / : sample);
        sizes.push(lines.filter((line) => !line.startsWith('#')).length);
      }
      assert.ok(sizes[0]! < 10 * 1000 + 15 * 100 + 300, `${sizes[0]} series`);
      assert.deepEqual(new Set(sizes).size, 1, `${sizes}`);
      agent.names = [];
      agent.peers = [];
      const left = (await agent.metrics.text()).match(/^openelb.*/gm)!;
      assert.ok(left.length < 300, `${left.length} series of nothing`);
      assert.ok(!left.some((line) => /(group|peer)="/.test(line)));
    });

  it('show of each group its own figures, also where one is named twice', async () => {
    const agent = createAgent();
    agent.names = ['a', 'b', 'a', 'c'];
    const lines = (await agent.metrics.text()).match(/^openelb_group_priority.*/gm)!;
    assert.deepEqual(
      lines.sort(),
      ['a', 'b', 'c'].map((group, at) => `openelb_group_priority{group="${group}"} ${[3, 2, 4][at]}`),
    );
  });

  it('of the API server are bounded by what HTTP has, whatever it answers', async () => {
    const metrics = createMetrics();
    const called = registerApiMetrics(metrics);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      for (let code = 100; code < 1000; code++) called({ method, code: String(code), ms: 1 });
    assert.equal((await metrics.text()).match(/^openelb_api_request_seconds_count/gm)?.length, 5);
    assert.match(await metrics.text(), /^openelb_metric_series_left_out 0$/m);
  });
});

function createAgent() {
  const agent = { metrics: createMetrics(), names: [] as readonly string[], peers: [] as readonly string[] };
  const figures = (): EngineFigures => {
    const all = (...figures: readonly number[]) => Float64Array.from(agent.names.flatMap(() => figures));
    return {
      counters: {},
      drops: { ttl: 1, checksum: 2 },
      neighborDrops: {},
      lateness: noLateness(),
      silences: noSilences(),
      groups: {
        names: agent.names,
        states: all(0, 0, 1),
        priorities: Float64Array.from(agent.names, (_, at) => at + 1),
        held: all(1),
        leaderships: all(1),
        led: all(1),
        reasons: agent.names.map((name) => [name, ['LastResort', 'CheckFailed']]),
      },
    };
  };
  const bgp = {
    peers: () =>
      agent.peers.map((name) => ({
        name,
        planned: {},
        report: { state: 'Established', prefixesSent: 1, bfd: { state: 'Up' } },
      })),
    groupNames: () => agent.names,
    group: () => ({ routers: 1 }),
    counters: () => {
      const byPeer = Object.fromEntries(agent.peers.map((name) => [name, 1]));
      return { ...Object.fromEntries(Object.keys(counterHelp).map((name) => [name, byPeer])), 'closed-sent-x': byPeer };
    },
    threadDeaths: () => 0,
  } as unknown as Parameters<typeof registerBgpMetrics>[1];
  const source = { problem: () => undefined, refused: () => [], silentMs: () => 0 };
  registerBuildInfo(agent.metrics);
  registerAgentMetrics(agent.metrics, {
    figures: async () => figures(),
    source: () => source,
    errors: () => new Map(),
    linesLost: () => 0,
  });
  registerBgpMetrics(agent.metrics, bgp);
  return agent;
}
