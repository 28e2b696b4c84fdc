/** Rounds of faults in a cluster of namespaces: what befalls whom is decided by a seed; a judge watches all the time. */
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import { type Prober, startProber } from '../lab/prober.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';
import { createRandom } from '../simulation/random.js';
import { type Clocks, clocksIn } from './clocks.js';
import type { Fault, Scene } from './faults/fault.js';
import { faults } from './faults/index.js';
import { emptyDisk } from './faults/programs.js';
import { type AddressWatch, type Bounds, see, watchAddress } from './timeline.js';
import { type Witness, watchKernels } from './witness.js';

/** Services that are there all the time, and groups that lead their addresses. */
const services = ['s0', 's1', 's2', 's3'];
const groups = 2;
const bounds: Bounds = { twoMs: 5_000, noneMs: 5_000 };
/** A node whose agent is just starting is not counted on. */
const startsMs = 4_000;
/** What is shown has to be true again after this long. */
const truthMs = 15_000;
const sightMs = 100;
/** No answer within this long: an address is asked 25 times a second. */
const answerMs = 300;
const probesPerSecond = 25;

/** What went wrong, and what happened before. */
export interface Fail {
  readonly round: number;
  readonly text: string;
  /** Of the round: what befell whom, and what kernels said. */
  readonly history: readonly string[];
}

export interface Run {
  readonly seed: string;
  readonly first: number;
  /** Undefined: until `until`. */
  readonly last: number | undefined;
  /** Milliseconds of `performance.now()`. */
  readonly until: number;
  /** Leaves out faults of each round, by their place in it: to find which are needed. */
  readonly without?: readonly number[];
  readonly say: (text: string) => void;
}

/** A fault and whom it befalls, after so many milliseconds of the round, for so long. */
export interface Befalling {
  readonly fault: Fault;
  /** Place in the list of nodes. */
  readonly node: number;
  readonly afterMs: number;
  readonly lastsMs: number;
}

interface Chaos {
  readonly stack: Stack;
  readonly clocks: Clocks;
  readonly witness: Witness;
  readonly watches: readonly AddressWatch[];
  readonly probers: ReadonlyMap<string, Prober>;
  readonly addresses: readonly string[];
  /** How many faults that take it out of service befall a node now, and until when it is not to be counted on after the last. */
  readonly befallen: Map<string, number>;
  readonly unfitUntil: Map<string, number>;
  readonly log: string[];
  readonly answeredAt: Map<string, number>;
  broken: string | undefined;
}

/** What befalls the cluster in a round. It depends on the seed and the round alone. */
export function plan(seed: string, round: number, nodeCount: number): readonly Befalling[] {
  const random = createRandom(`${seed}/${round}`);
  const nodes = random.shuffled(Array.from({ length: nodeCount }, (_, index) => index));
  // One node is left alone by what would take it out of service.
  const count = random.whole(1, nodeCount);
  return nodes.slice(0, count).map((node, index) => {
    const possible = index < nodeCount - 1 ? faults : faults.filter(({ unfit }) => unfit !== true);
    const fault = random.pick(possible);
    return {
      fault,
      node,
      afterMs: random.whole(0, 1_500),
      lastsMs: random.whole(fault.lastsMs[0], fault.lastsMs[1]),
    };
  });
}

/** Runs rounds until one fails, or all are done; returns how many ran and what failed. */
export async function runRounds(name: string, o: Run): Promise<{ readonly rounds: number; readonly fail?: Fail }> {
  const chaos = await start(name);
  const watching = setInterval(look, sightMs, chaos);
  let rounds = 0;
  try {
    for (let round = o.first; round <= (o.last ?? Number.POSITIVE_INFINITY); round += 1) {
      if (performance.now() > o.until) break;
      const befalling = plan(o.seed, round, chaos.stack.nodes.length).filter((_, i) => o.without?.includes(i) !== true);
      const text = befalling.map((each) => tell(chaos, each)).join('; ');
      o.say(`round ${round}: ${text}`);
      chaos.log.length = 0;
      const failed = await liveThrough(chaos, o.seed, round, befalling);
      if (failed !== undefined) return { rounds, fail: { round, text: failed, history: historyOf(chaos) } };
      rounds += 1;
    }
    return { rounds };
  } finally {
    clearInterval(watching);
    // What a fault has mounted would keep the lab's folder from being removed.
    for (const node of chaos.stack.nodes) await emptyDisk(node);
    chaos.stack.lab.close();
  }
}

async function start(name: string): Promise<Chaos> {
  const stack = await startStack(name, {
    around: (program, host, lab) => clocksIn(lab.folder).around(program === 'agent' ? host.name : program),
  });
  try {
    await stack.apply(vipPool({ groups }), ...services.map((service) => loadBalancer(service)));
    const addresses = await Promise.all(services.map((service) => stack.addressOf(service)));
    for (const address of addresses) await stack.holderOf(address);
    await stack.settled();
    const probers = new Map(addresses.map((each) => [each, startProber(stack.client, each, probesPerSecond)]));
    for (const prober of probers.values()) await prober.answered();
    return {
      stack,
      clocks: clocksIn(stack.lab.folder),
      witness: await watchKernels(
        stack.nodes.map(({ host }) => host),
        () => performance.now(),
      ),
      watches: addresses.map(watchAddress),
      probers,
      addresses,
      befallen: new Map(),
      unfitUntil: new Map(),
      log: [],
      answeredAt: new Map(),
      broken: undefined,
    };
  } catch (error) {
    stack.lab.close();
    throw error;
  }
}

/** @returns what was broken in this round, or is not as it should be after it */
async function liveThrough(
  chaos: Chaos,
  seed: string,
  round: number,
  befalling: readonly Befalling[],
): Promise<string | undefined> {
  const random = createRandom(`${seed}/${round}/whom`);
  await Promise.all(befalling.map((each) => befall(chaos, random, each)));
  const withinMs = truthMs + startsMs;
  let lie: string | undefined;
  const isTrue = async () => {
    lie = await untrue(chaos);
    return lie === undefined;
  };
  try {
    await eventually('the truth', isTrue, { withinMs, everyMs: 250 });
  } catch (error) {
    return `not true ${withinMs / 1_000} s after the last fault: ${lie ?? String(error)}`;
  }
  return chaos.broken ?? diedBy(chaos);
}

async function befall(chaos: Chaos, random: Scene['random'], each: Befalling): Promise<void> {
  const { stack, clocks, befallen, unfitUntil, log } = chaos;
  const node = stack.nodes[each.node]!;
  const scene: Scene = { stack, clocks, random, node, address: random.pick(chaos.addresses) };
  await wait(each.afterMs);
  if (each.fault.onlyReal && stack.api.kind === 'small') return note(log, `not here: ${each.fault.name}`);
  const { unfit } = each.fault;
  const out = unfit === 'all' ? stack.nodes.map(({ name }) => name) : unfit ? [node.name] : [];
  for (const name of out) befallen.set(name, (befallen.get(name) ?? 0) + 1);
  note(log, `${each.fault.name} (${node.name})`);
  try {
    await each.fault.befall(scene);
  } catch (error) {
    note(log, `it could not be: ${String(error)}`); // such as kubectl while the API server is away
  }
  await wait(each.lastsMs);
  if (each.fault.undo !== undefined)
    await eventually(`the end of: ${each.fault.name}`, async () => {
      await each.fault.undo!(scene);
      return true;
    });
  note(log, `over: ${each.fault.name} (${node.name})`);
  for (const name of out) {
    befallen.set(name, befallen.get(name)! - 1);
    unfitUntil.set(name, performance.now() + startsMs);
  }
}

/** A sight of each address, as kernels and the client have it. */
function look(chaos: Chaos): void {
  const at = performance.now();
  const names = chaos.stack.nodes.map(({ name }) => name);
  const fit = names.filter((name) => !chaos.befallen.get(name) && (chaos.unfitUntil.get(name) ?? 0) <= at);
  for (const watch of chaos.watches) {
    const prober = chaos.probers.get(watch.address)!;
    if (prober.take().some((probe) => probe.answeredAt !== undefined)) chaos.answeredAt.set(watch.address, at);
    const answered = at - (chaos.answeredAt.get(watch.address) ?? at) < answerMs;
    const sight = { at, holders: chaos.witness.holders(watch.address), fit, answered };
    for (const { text } of see(watch, sight, bounds)) chaos.broken ??= text;
  }
}

interface ServiceObject {
  readonly metadata: { readonly name: string };
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip?: string }[] } };
}
interface GroupObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly addresses: readonly string[] };
  readonly status?: { readonly holder?: string };
}

/** What the API shows and is not so; undefined when all is true. */
async function untrue({ stack, witness, addresses }: Chaos): Promise<string | undefined> {
  const read = async <T>(kind: string): Promise<readonly T[]> =>
    (JSON.parse(await stack.api.kubectl(['get', kind, '-o', 'json'])) as { items: readonly T[] }).items;
  const given = new Map<string, string>();
  for (const { metadata, status } of await read<ServiceObject>('services'))
    for (const { ip } of status.loadBalancer.ingress ?? []) {
      if (ip === undefined) continue;
      if (given.has(ip)) return `${ip} is given to ${given.get(ip)} and to ${metadata.name}`;
      given.set(ip, metadata.name);
    }
  for (const [index, address] of addresses.entries())
    if (given.get(address) !== services[index])
      return `${services[index]} had ${address}, which is now of ${given.get(address) ?? 'nobody'}`;
  const shown = await read<GroupObject>('vipgroups');
  for (const address of addresses) {
    const holders = witness.holders(address);
    const group = shown.find(({ spec }) => spec.addresses.includes(address));
    if (group === undefined) return `${address} is in no group`;
    if (holders.length !== 1) return `${address} is held by ${holders.join(' and ') || 'nobody'}`;
    if (group.status?.holder !== holders[0])
      return `${group.metadata.name} shows ${group.status?.holder ?? 'nobody'} as holder, it is ${holders[0]}`;
  }
  return undefined;
}

/** What no program of ours may ever say. */
const faulty = /unhandled|AssertionError|uncaught|"panic"/i;

function diedBy({ stack }: Chaos): string | undefined {
  for (const program of [stack.controller(), ...stack.nodes.map((node) => node.agent())]) {
    const line = program
      .log()
      .split('\n')
      .find((each) => faulty.test(each));
    if (line !== undefined) return `${program.title}: ${line}`;
    if (!program.running())
      return `${program.title} has ended by itself: ${program.log().split('\n').slice(-3).join(' ')}`;
  }
  return undefined;
}

function tell({ stack }: Chaos, { fault, node, afterMs, lastsMs }: Befalling): string {
  return `after ${afterMs} ms ${fault.name} (${stack.nodes[node]!.name}) for ${lastsMs} ms`;
}

function note(log: string[], text: string): void {
  log.push(`${Math.round(performance.now())} ${text}`);
}

function historyOf({ log, witness }: Chaos): readonly string[] {
  const began = Number(log[0]?.split(' ')[0] ?? 0);
  const seen = witness.history().filter((line) => Number(line.split(' ')[0]) >= began);
  return [...log, ...seen].toSorted((a, b) => Number(a.split(' ')[0]) - Number(b.split(' ')[0]));
}
