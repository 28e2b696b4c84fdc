/**
 * How long a virtual address is silent when its leader is lost, beside keepalived, measured in turn in the same run: two or three nodes and
 * a client on a bridge for each contender, 1000 UDP probes a second, leadership sticky, the fault at the same points between two adverts.
 * Of three nodes two are Backups when the leader is lost, and whoever answers first is the successor.
 *
 *   node --import=tsx test/bench/failover.ts [--trials 20] [--intervals 1000,100,10] [--faults cut,term,kill,stop]
 *     [--contenders vip,layer2,keepalived] [--nodes 3] [--groups 1] [--addresses N] [--family 4] [--json FILE]
 *
 * The ratios are those to the last contender. Of several groups, which share their fate, each trial asks another's address. With `--addresses`
 * they have that many among them; what is asked is the last address of a group. Further contenders: vip-vmac and keepalived-vmac, with virtual
 * MACs; vip-fast, with fast detection at 10 ms after three intervals, vip-fast-2 after two, vip-fast-vmac after three and with virtual MACs.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Prober, startProber } from '../lab/prober.js';
import { startResponder } from '../lab/responder.js';
import { lengthOf, silencesOf } from '../lab/silence.js';
import { type Contender, contenderNamed, type Task } from './contender.js';
import { figure, median, quantile, table } from './statistics.js';

const faults = ['cut', 'term', 'kill', 'stop'] as const;
type Fault = (typeof faults)[number];

interface Trial {
  /** From the fault to the sending of the first probe that the successor answered. */
  readonly silentMs: number;
  readonly lost: number;
  /** SIGKILL only, where a NIC has the address: how long the address stayed on the dead leader's NIC; at most the 3.5 s it is watched for. */
  readonly staleMs?: number;
}

/** Where between two adverts the faults fall. A fault takes a few milliseconds to come about, and must not fall beyond the next advert. */
const phases = { first: 0, last: 0.85 } as const;

interface Arena {
  readonly contender: Contender;
  readonly lab: Lab;
  readonly nodes: readonly Host[];
  readonly task: Task;
  readonly client: Host;
  /** Resolves when the client has seen the next advert of the leader. */
  nextAdvert(): Promise<void>;
  /** When whoever does not lead has had time to hear who does: the arenas rest in each other's trials. */
  restedAt: number;
}

async function openArena(name: string, intervalMs: number): Promise<Arena> {
  const contender = contenderNamed(name);
  const lab = await openLab(`ob${name.replaceAll('-', '')}`);
  const nodes: Host[] = [];
  for (let i = 1; i <= Number(values.nodes); i += 1) nodes.push(await lab.addHost(`n${i}`, 10 + i));
  const client = await lab.addHost('client', 20);
  for (const node of nodes) await startResponder(node);
  const groups = Array.from({ length: Number(values.groups) }, (_, index) => addressesOf(index));
  const task: Task = { folder: lab.folder, nodes, intervalMs, groups };
  for (const node of nodes) await contender.start(task, node);
  return { contender, lab, nodes, task, client, nextAdvert: listen(client), restedAt: rested(intervalMs) };
}

/** The last is asked for; those before it are beside the lab's own network, where they need no room. */
function addressesOf(group: number): readonly string[] {
  const [asked, more] = values.family === '6' ? ['fd77::', 'fd78::'] : ['10.77.0.', '10.78.'];
  const groups = Number(values.groups);
  const count = Math.floor((Number(values.addresses ?? groups) + groups - 1 - group) / groups) - 1;
  const others = Array.from({ length: count }, (_, i) =>
    values.family === '6' ? `${more}${group.toString(16)}:${(i + 1).toString(16)}` : `${more}${group}.${i + 1}`,
  );
  return [...others, `${asked}${100 + group}`];
}

/** Time to start, to elect, and to hear an advert. */
function rested(intervalMs: number): number {
  return performance.now() + 1000 + 5 * intervalMs;
}

function listen(client: Host): () => Promise<void> {
  let waiting: (() => void)[] = [];
  const capture = client.start('adverts', 'tcpdump', [
    '-i',
    'eth0',
    '-n',
    '-l',
    '--immediate-mode',
    'ip proto 112 or ip6 proto 112',
  ]);
  capture.onLine(() => {
    for (const heard of waiting) heard();
    waiting = [];
  });
  return () => new Promise((resolve) => waiting.push(resolve));
}

/** @param phase where between two adverts the fault falls, 0..1: the same for each contender, since the silence depends on it */
async function trial(arena: Arena, fault: Fault, phase: number, group: number): Promise<Trial> {
  const { client, nodes, task, contender } = arena;
  const address = task.groups[group]!.at(-1)!;
  await wait(Math.max(0, arena.restedAt - performance.now()));
  const prober = startProber(client, address);
  await prober.answered(20_000 + 10 * task.intervalMs);
  await arena.nextAdvert();
  await wait(phase * task.intervalMs);
  const leader = nodes.find((node) => node.name === prober.lastAnswerBy())!;
  const at = await inflict(fault, arena, leader);
  const staleMs = fault === 'kill' && contender.onNic ? await staleFor(leader, address, at) : undefined;
  await successorAnswers(contender, prober, leader, 20_000 + 10 * task.intervalMs);
  await wait(300);
  await repair(fault, arena, leader);
  if (fault === 'stop') await wait(4 * task.intervalMs + 1000); // what the woken leader does to the successor counts, too
  const probes = await prober.stop();
  const silences = silencesOf(probes).filter((silence) => (silence.to ?? Number.POSITIVE_INFINITY) > at);
  const first = silences[0];
  if (fault !== 'cut' && fault !== 'stop') await contender.start(task, leader);
  arena.restedAt = rested(task.intervalMs);
  return {
    silentMs: first ? (first.to === undefined ? lengthOf(first) : first.to - Math.max(first.from, at)) / 1000 : 0,
    lost: silences.reduce((sum, silence) => sum + silence.lost, 0),
    ...(staleMs === undefined ? {} : { staleMs }),
  };
}

async function inflict(fault: Fault, { contender }: Arena, leader: Host): Promise<number> {
  if (fault === 'cut') return leader.cable.cut();
  const processes = await contender.processes(leader);
  if (processes.length === 0) throw new Error(`${contender.name} does not run on ${leader.name}`);
  const at = monotonicMicros();
  if (fault === 'term') process.kill(processes[0]!, 'SIGTERM');
  else for (const pid of processes) process.kill(pid, fault === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  return at;
}

async function repair(fault: Fault, { contender }: Arena, leader: Host): Promise<void> {
  if (fault === 'cut') await leader.cable.heal();
  else if (fault === 'stop') for (const pid of await contender.processes(leader)) process.kill(pid, 'SIGCONT');
  else await eventually(`${contender.name} gone`, async () => (await contender.processes(leader)).length === 0);
}

async function staleFor(leader: Host, address: string, at: number): Promise<number> {
  const watched = 3500;
  try {
    await eventually('address gone', async () => !(await leader.addresses()).includes(address), { withinMs: watched });
  } catch {
    await leader.run('ip', ['address', 'del', `${address}/32`, 'dev', 'eth0']).catch(() => {});
    return watched;
  }
  return (monotonicMicros() - at) / 1000;
}

/**
 * With SIGSTOP the old leader's kernel goes on answering, so the successor may be heard beside it. With SIGKILL keepalived's does, and a
 * client that goes on asking it may not turn to the successor for a long time: that is a result, too.
 */
async function successorAnswers({ name }: Contender, prober: Prober, leader: Host, withinMs: number): Promise<void> {
  const isAnother = () => (prober.lastAnswerBy() ?? leader.name) !== leader.name;
  try {
    await eventually(`an answer by the successor with ${name}`, isAnother, { withinMs });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
  }
}

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '20' },
    intervals: { type: 'string', default: '1000,100,10' },
    faults: { type: 'string', default: faults.join(',') },
    contenders: { type: 'string', default: 'vip,layer2,keepalived' },
    nodes: { type: 'string', default: '3' },
    groups: { type: 'string', default: '1' },
    addresses: { type: 'string' },
    family: { type: 'string', default: '4' },
    json: { type: 'string' },
  },
});

if (values.family !== '4' && values.family !== '6') throw new Error(`--family: ${values.family} is neither 4 nor 6`);
const wrongInterval = values.intervals.split(',').find((text) => !/^[1-9]\d*$/.test(text));
if (wrongInterval !== undefined) throw new Error(`--intervals: ${wrongInterval} is no number of milliseconds, as 100`);
const wrongFault = values.faults.split(',').find((text) => !(faults as readonly string[]).includes(text));
if (wrongFault !== undefined) throw new Error(`--faults: ${wrongFault} is none of ${faults.join(', ')}`);
if (!/^[1-9]\d*$/.test(values.trials)) throw new Error(`--trials: ${values.trials} is no number`);
if (!/^[23]$/.test(values.nodes)) throw new Error(`--nodes: ${values.nodes} is neither 2 nor 3`);
const most = 255 * Number(values.groups);
if (
  values.addresses !== undefined &&
  !(Number(values.addresses) >= Number(values.groups) && Number(values.addresses) <= most)
)
  throw new Error(`--addresses: ${values.addresses} is no number from --groups ${values.groups} to ${most}`);
if (!/^[1-9]\d?$/.test(values.groups)) throw new Error(`--groups: ${values.groups} is no number from 1 to 99`);

const names = values.contenders.split(',');
const reference = names.at(-1)!;
const results: object[] = [];
const rows: string[][] = [];
for (const intervalMs of values.intervals.split(',').map(Number)) {
  for (const fault of values.faults.split(',') as Fault[]) {
    // Anew for each fault: what one does to a contender is not to be counted against it under another.
    const arenas = new Map<string, Arena>();
    for (const name of names) arenas.set(name, await openArena(name, intervalMs));
    const trials = new Map(names.map((name): [string, Trial[]] => [name, []]));
    for (let i = 0; i < Number(values.trials); i += 1) {
      const phase = phases.first + ((phases.last - phases.first) * (i + 0.5)) / Number(values.trials);
      for (const [name, arena] of arenas)
        trials.get(name)!.push(await trial(arena, fault, phase, i % Number(values.groups)));
      process.stderr.write(`\r${fault} at ${intervalMs} ms: ${i + 1} of ${values.trials} `);
    }
    process.stderr.write('\n');
    for (const name of names) rows.push(rowOf(fault, intervalMs, name, trials.get(name)!, trials.get(reference)!));
    results.push({ fault, intervalMs, ...Object.fromEntries(trials) });
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 1)}\n`);
    for (const { lab } of arenas.values()) lab.close();
  }
}
const headings = [
  'fault',
  'interval',
  'contender',
  'silent ms: median / p99',
  'ratio: median / p99',
  'lost: median (max)',
];
console.log(table([...headings, 'stale address ms (max)'], rows));
process.exit(0);

function rowOf(fault: Fault, intervalMs: number, name: string, trials: readonly Trial[], theirs: readonly Trial[]) {
  const silent = (sample: readonly Trial[], share: number) =>
    quantile(
      sample.map(({ silentMs }) => silentMs),
      share,
    );
  const ratio = (share: number) => {
    const [ours, reference] = [silent(trials, share), silent(theirs, share)];
    return reference === 0 ? (ours === 0 ? 'both 0' : '-') : figure(ours / reference);
  };
  const lost = trials.map((trial) => trial.lost);
  const stale = trials.flatMap(({ staleMs }) => staleMs ?? []);
  return [
    fault,
    `${intervalMs} ms`,
    name,
    `${figure(silent(trials, 0.5))} / ${figure(silent(trials, 0.99))}`,
    name === reference ? '' : `${ratio(0.5)} / ${ratio(0.99)}`,
    `${median(lost)} (${Math.max(...lost)})`,
    stale.length === 0 ? '' : figure(Math.max(...stale)),
  ];
}
