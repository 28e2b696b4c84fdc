/**
 * What a controller and its agents take of memory while Services are announced, as the kernel counts it for a container: each program is in a
 * memory cgroup of its own, whose usage without file pages that nobody used lately is what the kubelet calls the working set.
 *
 *   node scripts/build.mjs && KUBEBUILDER_ASSETS=… node --import=tsx test/bench/working-set.ts [--services 100] [--seconds 120] [--mappings]
 *
 * Run it with the Node.js of the image, and otherwise as in a Pod: the settings of the controller's container are those of the rendered
 * manifest. Needs root, and cgroups of version 1 or 2 with the controller `memory`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import type { Process } from '../lab/process.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';
import { controlGroups } from './control-groups.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '100' },
    /** From the last Service's address to the figures. What a start leaves behind is given back within 45 s. */
    seconds: { type: 'string', default: '120' },
    mappings: { type: 'boolean', default: false },
  },
});

interface Measured {
  readonly name: string;
  readonly folder: string;
  readonly process: Process;
}

const groups = controlGroups('memory');

/** Starts a program in a control group of its own. */
async function measuredProcess(name: string, start: () => Process): Promise<Measured> {
  const { folder, started } = await groups.start(name, start);
  return { name, folder, process: started };
}

/** What the rendered manifest sets for the controller, other than from fields of its Pod. */
function controllerSettings(): Readonly<Record<string, string>> {
  const text = readFileSync(join(projectRoot(), 'deploy/openelb-vip.yaml'), 'utf8');
  const deployment = parseAllDocuments(text)
    .map((document) => document.toJS() as Deployment | null)
    .find((object) => object?.kind === 'Deployment');
  const settings = deployment?.spec.template.spec.containers[0]?.env ?? [];
  return Object.fromEntries(settings.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

interface Deployment {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** Starts with these settings in the environment. */
function withSettings<T>(settings: Readonly<Record<string, string>>, start: () => T): T {
  Object.assign(process.env, settings);
  try {
    return start();
  } finally {
    for (const name of Object.keys(settings)) delete process.env[name];
  }
}

const MiB = 2 ** 20;

function figuresOf({ name, folder, process: { pid } }: Measured): readonly string[] {
  const usage = ['memory.usage_in_bytes', 'memory.current'].find((each) => existsSync(join(folder, each)));
  const used = Number(readFileSync(join(folder, usage ?? 'memory.current'), 'utf8'));
  const stat = new Map(
    readFileSync(join(folder, 'memory.stat'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  const inactive = Number(stat.get('total_inactive_file') ?? stat.get('inactive_file'));
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const ofStatus = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]) / 1024;
  return [
    name,
    figure((used - inactive) / MiB),
    figure(ofStatus('RssAnon')),
    figure(ofStatus('VmPTE')),
    figure(ofStatus('RssFile')),
  ];
}

/** Anonymous megabytes by what is mapped, the largest first. */
function mappings(pid: number): string {
  const sums = new Map<string, number>();
  let name = '';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const [, permissions, path] = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
    if (permissions !== undefined) name = `${path?.replace(/.*\//, '') || 'anonymous'} ${permissions}`;
    const anonymous = /^Anonymous:\s+(\d+)/.exec(line)?.[1];
    if (anonymous !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(anonymous) / 1024);
  }
  return [...sums]
    .filter(([, megabytes]) => megabytes >= 0.1)
    .sort(([, a], [, b]) => b - a)
    .map(([what, megabytes]) => `${what} ${figure(megabytes)}`)
    .join(', ');
}

async function measure(stack: Stack): Promise<readonly Measured[]> {
  const before = [stack.controller(), ...stack.nodes.map((node) => node.agent())];
  for (const program of before) program.signal('SIGTERM');
  await Promise.all(before.map(({ exited }) => exited));
  const measured = [
    await measuredProcess('controller', () => withSettings(controllerSettings(), () => stack.startController())),
  ];
  for (const node of stack.nodes)
    measured.push(await measuredProcess(`agent-of-${node.name}`, () => node.startAgent()));
  const count = Number(values.services);
  await stack.apply(vipPool({ address: `10.77.0.100-10.77.0.199` }));
  await stack.apply(...Array.from({ length: count }, (_, i) => loadBalancer(`s${i}`)));
  await eventually(
    `${count} addresses on NICs`,
    async () => {
      const held = (await Promise.all(stack.nodes.map(({ host }) => host.addresses()))).flat();
      return new Set(held.filter((address) => /^10\.77\.0\.1\d\d$/.test(address))).size === count;
    },
    { withinMs: 60_000, everyMs: 500, onTimeout: () => stack.controller().log() },
  );
  await wait(Number(values.seconds) * 1000);
  return measured;
}

const stack = await startStack(`wset${process.pid}`, { say: (text) => process.stderr.write(`${text}\n`) });
let measured: readonly Measured[] = [];
try {
  measured = await measure(stack);
  console.log(`${values.services} Services, ${values.seconds} s, Node.js ${process.version}\n`);
  console.log(
    table(['program', 'working set MiB', 'of no file MiB', 'page tables MiB', 'of files MiB'], measured.map(figuresOf)),
  );
  if (values.mappings)
    for (const {
      name,
      process: { pid },
    } of measured)
      console.log(`\n${name}, MiB of no file: ${mappings(pid)}`);
} finally {
  try {
    stack.lab.close();
  } finally {
    await wait(500); // until they have ended
    groups.remove();
  }
}
process.exit(0);
