/** Our agent and keepalived on two hosts of one LAN, in every case at once, with a client that asks each virtual address all the time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LabError } from '../lab/command.js';
import { askNode } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { instanceName, startKeepalived } from '../lab/keepalived.js';
import { furnishedLab, type Lab } from '../lab/lab.js';
import { type Node, startProgram } from '../lab/node.js';
import { type Prober, startProber } from '../lab/prober.js';
import type { Process } from '../lab/process.js';
import { startResponder } from '../lab/responder.js';
import {
  type InteropCase,
  keepalivedInstance,
  type Role,
  type Sources,
  vipGroupSpec,
  virtualAddress,
} from './keepalived-cases.js';

export type Side = 'ours' | 'theirs';

/** What was seen of one case while one side was to lead. */
export interface Sight {
  /** Who has the virtual address on a NIC. */
  readonly holders: readonly Side[];
  /** Who answered the client last. */
  readonly answeredBy: string | undefined;
  /** What the agent says it is; absent while it does not run. */
  readonly state: string | undefined;
}

export interface Arena {
  readonly lab: Lab;
  readonly client: Host;
  readonly hosts: Readonly<Record<Side, Host>>;
  readonly cases: readonly InteropCase[];
  readonly sources: Sources;
  startAgent(role: Role): Promise<void>;
  startKeepalived(role: Role): Promise<void>;
  agent(): Process;
  keepalived(): Process;
  /** How the agent sees itself; it must run. */
  ask(): ReturnType<typeof askNode>;
  prober(each: InteropCase): Prober;
  /** Waits until `side` leads in every case, at most `withinMs`; what there was to see then, whether it is so or not. */
  settle(side: Side, withinMs: number): Promise<ReadonlyMap<InteropCase, Sight>>;
  /** What `look` says now of every case. */
  look(): Promise<ReadonlyMap<InteropCase, Sight>>;
}

export function openArena(name: string, cases: readonly InteropCase[]): Promise<Arena> {
  return furnishedLab(name, (lab) => arenaIn(lab, cases));
}

async function arenaIn(lab: Lab, cases: readonly InteropCase[]): Promise<Arena> {
  const hosts = { ours: await lab.addHost('ours', 11), theirs: await lab.addHost('keepalived', 12) };
  const client = await lab.addHost('client', 20);
  await Promise.all([startResponder(hosts.ours), startResponder(hosts.theirs)]);
  const sources = {
    ours: { 4: hosts.ours.address, 6: await linkLocal(hosts.ours) },
    theirs: { 4: hosts.theirs.address, 6: await linkLocal(hosts.theirs) },
  };
  const manifests = join(lab.folder, 'manifests');
  const state = join(lab.folder, 'state');
  mkdirSync(manifests);
  mkdirSync(state);
  const probers = new Map(cases.map((each) => [each, startProber(client, virtualAddress(each), 50)]));
  let agent: Process | undefined;
  let keepalived: Process | undefined;

  const running = (process: Process | undefined, what: string): Process => {
    if (process === undefined) throw new LabError(`${what} was never started`);
    return process;
  };
  const node = (): Node => ({
    name: 'ours',
    host: hosts.ours,
    stateDir: state,
    keysDir: lab.folder,
    checksDir: lab.folder,
    agent: () => running(agent, 'the agent'),
    startAgent: () => running(agent, 'the agent'),
  });

  const look = async () => {
    const states = agent?.running() ? await memberStates(node()) : undefined;
    return sights(states);
  };

  const sights = async (states?: ReadonlyMap<string, string>) => {
    const [ours, theirs] = await Promise.all([everyAddress(hosts.ours), everyAddress(hosts.theirs)]);
    return new Map(
      cases.map((each): [InteropCase, Sight] => {
        const address = virtualAddress(each);
        const holders = (['ours', 'theirs'] as const).filter((side) => (side === 'ours' ? ours : theirs).has(address));
        return [each, { holders, answeredBy: probers.get(each)?.lastAnswerBy(), state: states?.get(groupName(each)) }];
      }),
    );
  };

  return {
    lab,
    client,
    hosts,
    cases,
    sources,
    startAgent: async (role) => {
      const items = cases.map((each) => ({
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'VipGroup',
        metadata: { name: groupName(each) },
        spec: vipGroupSpec(each, sources, role),
      }));
      writeFileSync(join(manifests, 'groups.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      agent = startProgram(hosts.ours, 'agent', { 'node-name': 'ours', 'state-dir': state, manifests });
    },
    startKeepalived: async (role) => {
      keepalived = await startKeepalived(
        hosts.theirs,
        lab.folder,
        cases.map((each) => keepalivedInstance(each, sources, role)),
      );
    },
    agent: () => running(agent, 'the agent'),
    keepalived: () => running(keepalived, 'keepalived'),
    ask: () => askNode(node()),
    prober: (each) => probers.get(each)!,
    look,
    settle: async (side, withinMs) => {
      const deadline = performance.now() + withinMs;
      const all = (seen: ReadonlyMap<InteropCase, Sight>, state: string | undefined) =>
        [...seen.values()].every((sight) => leads(side, hosts[side], sight) && sight.state === state);
      for (;;) {
        // Asking the agent takes a process of its own, so that comes last.
        const seen = all(await sights(), undefined) ? await look() : undefined;
        const state = agent?.running() ? (side === 'ours' ? 'Active' : 'Backup') : undefined;
        if (seen !== undefined && all(seen, state)) return seen;
        if (performance.now() > deadline) return seen ?? look();
        await wait(100);
      }
    },
  };
}

export function groupName(each: InteropCase): string {
  return `case-${each.virtualRouterId}`;
}

/** The name keepalived gives the instance of a case in its log. */
export function instanceOf(each: InteropCase, { sources }: Pick<Arena, 'sources'>): string {
  return instanceName(keepalivedInstance(each, sources, { priority: 1, preempt: false }));
}

function leads(side: Side, host: Host, { holders, answeredBy }: Sight): boolean {
  return holders.length === 1 && holders[0] === side && answeredBy === host.name;
}

/** The members' states by group; none while the agent does not answer yet. */
async function memberStates(node: Node): Promise<ReadonlyMap<string, string>> {
  try {
    const { members } = await askNode(node);
    return new Map(members.map(({ group, state }) => [group, state]));
  } catch {
    return new Map();
  }
}

/** Those of every interface: keepalived holds the addresses of a virtual MAC on a macvlan. */
async function everyAddress(host: Host): Promise<ReadonlySet<string>> {
  const links = JSON.parse(await host.run('ip', ['-j', 'address', 'show'])) as readonly {
    readonly addr_info?: readonly { readonly local?: string }[];
  }[];
  return new Set(links.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local = [] }) => local)));
}

function linkLocal(host: Host): Promise<string> {
  return eventually('a link-local address', async () =>
    (await host.addresses()).find((address) => address.startsWith('fe80:')),
  );
}

/**
 * The MAC addresses of all that answer for an address on the LAN, as the client learns them by ARP or neighbour solicitation.
 */
export async function answerers(client: Host, address: string): Promise<readonly string[]> {
  const output = address.includes(':')
    ? await client.run('ndisc6', ['-m', '-r', '1', '-w', '500', address, 'eth0']).catch(() => '')
    : await client.run('arping', ['-b', '-c', '1', '-w', '1', '-I', 'eth0', address]).catch(() => '');
  const macs = output.match(/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/gi) ?? [];
  return [...new Set(macs.map((mac) => mac.toLowerCase()))];
}
