// Owns: which figures the programs have, with their labels: by having them registered and collected once, on data of every kind.

import { registerAgentMetrics } from '../../src/agent/agent-metrics.js';
import { counterHelp, registerBgpMetrics } from '../../src/agent/bgp-metrics.js';
import { registerDrainingMetrics } from '../../src/agent/draining/metrics.js';
import { noSilences } from '../../src/agent/engine/election/silences.js';
import { registerMetrics, registerWebhookMetrics } from '../../src/controller/metrics.js';
import { registerTimings } from '../../src/controller/timings.js';
import { registerApiMetrics } from '../../src/platform/observability/api-metrics.js';
import { type Metric, type Metrics, seriesLeftOut } from '../../src/platform/observability/metrics.js';
import { registerBuildInfo } from '../../src/platform/observability/program-version.js';
import { type Source, sourcesIn } from './sources.js';

export interface RecordedMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: ReadonlySet<string>;
}

export type Program = 'agent' | 'controller';

/** By program, in the order in which they are shown at `/metrics`. Throws for one that is registered in the source and was not met. */
export async function recordedMetrics(): Promise<Readonly<Record<Program, readonly RecordedMetric[]>>> {
  const agent = await recorded((metrics) => {
    registerBuildInfo(metrics);
    registerApiMetrics(metrics)(call);
    registerAgentMetrics(metrics, {
      figures: async () => figures,
      source: () => source,
      errors: () => new Map(),
      linesLost: () => 0,
    });
    registerBgpMetrics(metrics, bgp);
    registerDrainingMetrics(metrics, () => draining);
  });
  const controller = await recorded((metrics) => {
    registerBuildInfo(metrics);
    registerApiMetrics(metrics)(call);
    registerTimings(metrics).reconciled('service', 0);
    registerMetrics(metrics, { stats: () => stats } as unknown as Parameters<typeof registerMetrics>[1]);
    registerWebhookMetrics(metrics, { certificateEnd: () => undefined });
  });
  const literal = registeredByName(sourcesIn('src'));
  const all = {
    agent,
    controller: [
      ...controller,
      ...literal.filter(({ path }) => path.startsWith('src/controller/')).filter(({ name }) => !has(controller, name)),
    ],
  };
  const missed = literal.find(({ name }) => !has([...all.agent, ...all.controller], name));
  if (missed !== undefined)
    throw new Error(`${missed.path} registers ${missed.name}, which scripts/reference does not know: add it`);
  return all;
}

function has(metrics: readonly RecordedMetric[], name: string): boolean {
  return metrics.some((each) => each.name === name);
}

async function recorded(register: (metrics: Metrics) => void): Promise<readonly RecordedMetric[]> {
  const found: RecordedMetric[] = [{ ...seriesLeftOut, type: 'gauge', labels: new Set() }];
  const collectors: (() => void | Promise<void>)[] = [];
  const noted = (type: RecordedMetric['type'], name: string, help: string): ((given?: object) => void) => {
    const labels = new Set<string>();
    found.push({ name, type, help, labels });
    return (given = {}) => {
      for (const label of Object.keys(given)) labels.add(label);
    };
  };
  const metric = (...named: Parameters<typeof noted>): Metric => {
    const note = noted(...named);
    return { add: note, set: note, clear: () => {} };
  };
  register({
    counter: (name, help) => metric('counter', name, help),
    gauge: (name, help) => metric('gauge', name, help),
    histogram: (name, help) => {
      const note = noted('histogram', name, help);
      return { observe: (_value, given) => note(given), set: (_counts, _sum, given) => note(given) };
    },
    column: (type, name, help) => {
      const note = noted(type, name, help);
      return {
        show: (labels) => {
          for (const { text } of labels) note(namesIn(text));
        },
      };
    },
    beforeText: (collect) => {
      collectors.push(collect);
    },
    text: async () => '',
  });
  for (const collect of collectors) await collect();
  return found;
}

/** The names of labels as they are written. */
function namesIn(text: string): object {
  return Object.fromEntries([...text.matchAll(/(\w+)="/g)].map(([, name = '']) => [name, '']));
}

/** What is registered with a name that stands in the source, wherever that is. */
export function registeredByName(sources: readonly Source[]): readonly (RecordedMetric & { readonly path: string })[] {
  const call =
    /(?:const (\w+) = )?metrics\.(?:column\(\s*')?(counter|gauge|histogram)(?:',|\()\s*'([a-z0-9_]+)',\s*(?:'([^']*)'|"([^"]*)")/g;
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(call)].map(([, variable, type, name = '', help, quoted]) => {
      const [, given = ''] = new RegExp(`\\b${variable}\\.(?:add|set)\\(\\{([^}]*)\\}`).exec(text) ?? [];
      const labels = new Set(given.split(',').flatMap((each) => /^\s*(\w+)/.exec(each)?.[1] ?? []));
      return { path, name, type: type as RecordedMetric['type'], help: help ?? quoted ?? '', labels };
    }),
  );
}

const call = { method: 'GET', code: '200', ms: 0 };

type AgentSources = Parameters<typeof registerAgentMetrics>[1];

const figures = {
  counters: {},
  drops: { any: 1 },
  neighborDrops: { any: 1 },
  bfdDrops: { any: 1 },
  lateness: { counts: [], sum: 0 },
  silences: noSilences(),
  groups: {
    names: ['g'],
    states: Float64Array.of(0, 0, 1),
    priorities: Float64Array.of(100),
    held: Float64Array.of(0),
    leaderships: Float64Array.of(0),
    led: Float64Array.of(1),
    reasons: [['g', ['NoRoute']]],
  },
} as unknown as Awaited<ReturnType<AgentSources['figures']>>;

const source = { problem: () => undefined, refused: () => [], silentMs: () => 0 };

const bgp = {
  peers: () => [{ name: 'p', planned: {}, report: { state: 'Established', prefixesSent: 0, bfd: { state: 'Up' } } }],
  groupNames: () => ['g'],
  group: () => ({ routers: 0 }),
  counters: () => ({
    ...Object.fromEntries(Object.keys(counterHelp).map((name) => [name, { p: 1 }])),
    'closed-sent-cease': { p: 1 },
  }),
  threadDeaths: () => 0,
} as unknown as Parameters<typeof registerBgpMetrics>[1];

const draining = {
  kept: true,
  connections: 0,
  to: [],
  packets: new Map([['direct', 0]]),
} as unknown as ReturnType<Parameters<typeof registerDrainingMetrics>[1]>;

const stats = {
  queue: { depth: 0, running: 0, delayed: 0, done: 0, failed: 0 },
  pools: [{ eip: 'e', size: 0, used: 0, unannounced: 0 }],
  waiting: 0,
  agents: { heard: 0, silent: 0 },
  holderEvents: { told: 0, dropped: 0, waiting: 0 },
  metallb: new Map([['k', undefined]]),
  faulty: new Map([['k', 1]]),
};
