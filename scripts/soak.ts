// Has a cluster of network namespaces live for a while, and says what of its programs has grown. See `usage`.
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { controlGroups } from '../test/bench/control-groups.js';
import { figure, table } from '../test/bench/statistics.js';
import { startStack } from '../test/lab/stack.js';
import { createRandom } from '../test/simulation/random.js';
import { begin, liveThrough } from '../test/soak/churn.js';
import { growthOf, hasGrown, mostShare } from '../test/soak/growth.js';
import { type Sample, type Soaked, sample } from '../test/soak/sample.js';
import { projectRoot } from './tools/project-root.js';

/**
 * Minutes in which what is remembered for a while grows to what it is from then on: Events that are counted on, and statuses that were put
 * back, for ten minutes each; agents have their 32 changes of each group by then.
 */
const mostWarmUp = 12;

/** A tenth of V8's own. */
const hot = ['--invocation-count-for-turbofan=300', '--minimum-invocations-after-ic-update=50'];

const usage = `npm run soak -- [--minutes N] [--seed TEXT] [--hot] [--snapshots FOLDER]

  --minutes N          how long (default 60); the first ${mostWarmUp} do not count, and of less than ${2 * mostWarmUp} half
  --seed TEXT          decides what befalls whom (default: soak)
  --hot                V8 of Node.js 24 optimizes code that has run a tenth as often as it usually would: an hour compiles what ten
                       hours do elsewhere
  --snapshots FOLDER   writes heaps there when it begins to count and shortly before the end, for Chromium's tools to compare; they take
                       memory, too

Services come and go, endpoints move, nodes are cordoned, cables cut, the API server is out of reach, groups are deleted; no program is
started anew. Needs root, KUBEBUILDER_ASSETS for a real kube-apiserver, and a build. Exit code 0: nothing has grown by more than
${mostShare * 100} %. 1: something has. 2: wrong usage.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: 'soak' },
    hot: { type: 'boolean', default: false },
    snapshots: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const say = (text: string) => process.stderr.write(`${text}\n`);
const warmUp = Math.min(mostWarmUp, minutes / 2);

if (values.help) console.log(usage);
else if (!(minutes > 0)) {
  say(`--minutes takes a number above 0\n\n${usage}`);
  process.exitCode = 2;
} else process.exitCode = await main();

async function main(): Promise<0 | 1> {
  const groups = controlGroups('memory');
  const fileOf = (folder: string, name: string) => join(folder, `soak-${name}.json`);
  const probe = join(projectRoot(), 'test/soak/resources.cjs');
  const stack = await startStack(`soak${process.pid}`, {
    around: (program, host, lab) => (command) => {
      const name = program === 'agent' ? host.name : program;
      const [node = '', ...rest] = command;
      return [
        'env',
        `OPENELB_SOAK_FILE=${fileOf(lab.folder, name)}`,
        ...snapshots(name),
        node,
        ...(values.hot ? hot : []),
        `--require=${probe}`,
        ...rest,
      ];
    },
  });
  try {
    const { folder: home } = stack.lab;
    const programs = [stack.controller(), ...stack.nodes.map((node) => node.agent())];
    for (const program of programs) program.signal('SIGTERM');
    await Promise.all(programs.map(({ exited }) => exited));
    const soaked: Soaked[] = [];
    for (const [name, start] of [
      ['controller', stack.startController],
      ...stack.nodes.map((node) => [node.name, node.startAgent] as const),
    ] as const) {
      const { folder, started } = await groups.start(name, start);
      soaked.push({ name, pid: started.pid, folder, file: fileOf(home, name) });
    }
    await begin(stack);
    const samples = await soak(stack, soaked);
    return tell(samples) ? 1 : 0;
  } finally {
    stack.lab.close();
    await wait(1_000); // until they have ended
    groups.remove();
  }
}

/** The environment in which a program writes its heap twice. */
function snapshots(name: string): readonly string[] {
  if (values.snapshots === undefined) return [];
  const at = [warmUp, Math.max(warmUp, minutes - 1)].join(',');
  return [`OPENELB_SOAK_SNAPSHOTS=${join(resolve(values.snapshots), name)}`, `OPENELB_SOAK_SNAPSHOTS_AT=${at}`];
}

/** By program, what it took at each look. */
async function soak(
  stack: Parameters<typeof liveThrough>[0],
  soaked: readonly Soaked[],
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const samples = new Map<string, Sample[]>(soaked.map(({ name }) => [name, []]));
  const random = createRandom(values.seed);
  const began = performance.now();
  const passed = () => (performance.now() - began) / 60_000;
  let round = 0;
  for (; passed() < minutes; round += 1) {
    await liveThrough(stack, random, round);
    for (const program of [stack.controller(), ...stack.nodes.map((node) => node.agent())])
      if (!program.running()) throw new Error(`${program.title} has ended:\n${program.log().slice(-2_000)}`);
    if (passed() < warmUp) continue;
    for (const program of soaked) samples.get(program.name)!.push(sample(program));
  }
  say(`${round} rounds in ${figure(passed())} min`);
  return samples;
}

/** @returns whether anything has grown */
function tell(samples: ReadonlyMap<string, readonly Sample[]>): boolean {
  const rows = [...samples].flatMap(([name, list]) => growthOf(list).map((growth) => ({ name, ...growth })));
  console.log(
    table(
      ['program', 'what', 'first third', 'last third', 'growth'],
      rows.map((row) => [
        row.name,
        row.what,
        figure(row.first),
        figure(row.last),
        `${(row.share * 100).toFixed(1)} %${hasGrown(row) ? ', too much' : ''}`,
      ]),
    ),
  );
  return rows.some(hasGrown);
}
