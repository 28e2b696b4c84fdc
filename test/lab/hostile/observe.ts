/** What became of the nodes while something was done to them: which address moved, what they reported, what it cost. */
import { setTimeout as wait } from 'node:timers/promises';
import { latenessBounds } from '../../../src/agent/engine/lateness.js';
import type { EngineReport } from '../../../src/agent/engine/messages.js';
import { askNode } from '../election.js';
import { eventually } from '../eventually.js';
import { httpGet } from '../http.js';
import type { Node } from '../node.js';
import type { GroupName, Stage } from './stage.js';

export interface Outcome {
  /** Frames, or connections, a second. */
  readonly rate: number;
  /** Groups that somebody came to lead. */
  readonly leaderships: number;
  /** Probes that nobody answered, by group. */
  readonly lost: Readonly<Partial<Record<GroupName, number>>>;
  /** How long after the end the last of the addresses answered again, in milliseconds. */
  readonly backMs: number;
  /** Routes to the nodes that came or went. */
  readonly routeChanges: number;
  /** By how much each counter that tells of something odd has grown, all nodes together. */
  readonly counted: Readonly<Record<string, number>>;
  /** Warnings in the logs, each text once for each node, without its fields. */
  readonly warnings: readonly string[];
  /** Lines that the logs have more, all nodes together. */
  readonly lines: number;
  /** The most that an agent used of one core, 0..1 and more. */
  readonly cores: number;
  /** The most that the resident memory of an agent has grown, in MiB. */
  readonly grownMiB: number;
  /** Adverts later than 100 ms: the bound below half of the interval. */
  readonly late: number;
  /** The largest bound that an advert's lateness reached, in milliseconds. */
  readonly latenessMs: number;
}

/** Sightings, drops and refusals. What grows at rest, too, is not among them. */
const odd =
  /dropped|unanswered|untrusted|unauthenticated|refused|faulty|closed|stalled|overslept|to_down|unproven|lost|errors|overruns|restarts/;
/** After this a probe that was not answered is lost. */
const patienceMs = 600;
const lateBound = latenessBounds.indexOf(100_000);

interface Sight {
  readonly at: number;
  readonly report: EngineReport;
  readonly counters: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly memory: number;
  readonly logged: number;
}

/** @param what what is done to them; its frames a second */
export async function observe(stage: Stage, what: () => Promise<number>): Promise<Outcome> {
  const before = await Promise.all(stage.nodes.map(look));
  for (const prober of stage.probers.values()) prober.take();
  stage.routes.clear();
  const rate = await what();
  const cores = await Promise.all(stage.nodes.map((node, i) => coresSince(node, before[i]!)));
  const ended = performance.now();
  for (const prober of stage.probers.values()) await prober.answered(60_000);
  const backMs = performance.now() - ended;
  await wait(patienceMs);
  const after = await Promise.all(stage.nodes.map(look));
  const each = <T>(of: (before: Sight, after: Sight, node: Node) => T): readonly T[] =>
    stage.nodes.map((node, i) => of(before[i]!, after[i]!, node));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const buckets = each((then, now) =>
    now.report.lateness.counts.map((n, i) => n - (then.report.lateness.counts[i] ?? 0)),
  );
  const highest = Math.max(...buckets.map((counts) => counts.findLastIndex((count) => count > 0)));
  const lost = [...stage.probers].map(([group, prober]) => [
    group,
    prober.take().filter(({ answeredAt }) => answeredAt === undefined).length,
  ]);
  return {
    rate,
    leaderships: sum(each((then, now) => leaderships(now) - leaderships(then))),
    lost: Object.fromEntries(lost.filter(([, count]) => count !== 0)),
    backMs,
    routeChanges: stage.routes.events.length,
    counted: growth(before, after),
    warnings: each(({ logged }, _, node) => warnings(node.agent().log().slice(logged))).flat(),
    lines: sum(each(({ logged }, _, node) => node.agent().log().slice(logged).split('\n').length - 1)),
    cores: Math.max(...cores),
    grownMiB: Math.max(...each((then, now) => now.memory - then.memory)),
    late: sum(buckets.flatMap((counts) => counts.slice(lateBound + 1))),
    latenessMs: (latenessBounds[highest] ?? Number.POSITIVE_INFINITY) / 1000,
  };
}

const leaderships = ({ report }: Sight) => report.counters.transitions_to_active ?? 0;

function growth(before: readonly Sight[], after: readonly Sight[]): Readonly<Record<string, number>> {
  const grown: Record<string, number> = {};
  for (const [i, { counters }] of after.entries())
    for (const [name, value] of counters) {
      const more = value - (before[i]!.counters.get(name) ?? 0);
      if (more > 0 && odd.test(name)) grown[name] = (grown[name] ?? 0) + more;
    }
  return grown;
}

function warnings(log: string): readonly string[] {
  const texts = log
    .split('\n')
    .filter((line) => /\b(?:warn|error)\b/.test(line))
    .map((line) => line.slice(0, 300));
  return [...new Set(texts)];
}

async function look(node: Node): Promise<Sight> {
  const report = await askNode(node);
  // One whose port is flooded answers when it has time.
  const { body } = await eventually(
    `the metrics of ${node.name}`,
    () => httpGet(node.host, 'http://127.0.0.1:17472/metrics'),
    { withinMs: 20_000 },
  );
  const counters = new Map<string, number>();
  for (const [, name = '', value] of body.matchAll(/^openelb_(\w+_total(?:\{[^}]*\})?) (\d+)$/gm))
    counters.set(name, Number(value));
  return {
    ...{ at: performance.now(), report, counters },
    seconds: await cpuSeconds(node),
    memory: await memoryMiB(node),
    logged: node.agent().log().length,
  };
}

async function coresSince(node: Node, then: Sight): Promise<number> {
  return ((await cpuSeconds(node)) - then.seconds) / ((performance.now() - then.at) / 1000);
}

/** User and system time of a node's agent. */
export async function cpuSeconds({ host, agent }: Node): Promise<number> {
  const stat = await host.run('cat', [`/proc/${agent().pid}/stat`]);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function memoryMiB({ host, agent }: Node): Promise<number> {
  const status = await host.run('cat', [`/proc/${agent().pid}/status`]);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
