import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { PeerReport } from '../../src/agent/engine/routing/contract.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { programArguments } from '../lab/process.js';
import { birdConfiguration } from '../lab/routers/bird-configuration.js';
import { residentBytes, routerFolder, writeConfiguration } from '../lab/routers/program.js';
import { neighborAt } from '../lab/routers/router.js';
import type { RouterSettings } from '../lab/routers/settings.js';
import { startRouter } from '../lab/routers/start.js';
import { openGobgpApi } from './gobgp-api.js';

/** A program on a node that announces host routes to routers. */
export interface Contender {
  readonly name: string;
  /** Starts it; ready when all routers have a session. */
  start(labFolder: string, node: Host, routers: readonly Host[], bfdMs?: number): Promise<Running>;
}

export interface Running {
  /** Prepares to announce exactly these; what it returns tells the program so, and is what is measured. */
  prepare(prefixes: readonly string[]): Promise<() => Promise<void>>;
  /** Resident memory in bytes. */
  memory(): Promise<number>;
  /** How often a session has ended since it was first Established. */
  transitions?(): number;
  stop(): Promise<void>;
}

const main = join(projectRoot(), 'dist/main.js');
const as = 65_001;
const routersAs = 65_000;

const head = { apiVersion: 'network.kubesphere.io/v1alpha2' };

/** All of the agent's BGP, told of VipGroups as a watch does it: a line of JSON for each. */
export const ours: Contender = {
  name: 'openelb-vip',
  async start(labFolder, node, routers, bfdMs) {
    const folder = `${labFolder}/${node.name}-agent`;
    mkdirSync(folder, { recursive: true });
    const program = programArguments(new URL('./programs/bgp-agent', import.meta.url), import.meta.url);
    const agent = node.start('agent', process.execPath, [...installedWith(), ...program, folder, node.name]);
    let reports: readonly PeerReport[] | undefined;
    let transitions = 0;
    agent.onLine((line) => {
      const before = new Map(reports?.map(({ peer, since }) => [peer, since]));
      reports = line === 'ready' ? [] : (JSON.parse(line) as readonly PeerReport[]);
      transitions += reports.filter(({ peer, since }) => before.has(peer) && before.get(peer) !== since).length;
    });
    await eventually('the agent to be ready', () => reports, { onTimeout: agent.log });
    agent.write(JSON.stringify(configurationOf(routers, bfdMs)));
    const isUp = ({ state, bfd }: PeerReport) => state === 'Established' && (bfd === undefined || bfd.state === 'Up');
    const up = () => reports?.filter(isUp).length === routers.length;
    await eventually('sessions', up, { onTimeout: () => `${JSON.stringify(reports)}\n${agent.log()}` });
    transitions = 0;
    return {
      async prepare(prefixes) {
        const lines = groupsOf(prefixes, node).map((group) => JSON.stringify(group));
        return async () => lines.forEach(agent.write);
      },
      memory: () => residentBytes(agent.pid),
      transitions: () => transitions,
      async stop() {
        agent.signal('SIGKILL');
        await agent.exited;
      },
    };
  },
};

/** The agent as it is installed, with a folder of manifests in place of a cluster: what its memory is of. */
export const oursWhole: Contender = {
  name: 'openelb-vip agent',
  async start(labFolder, node, routers, bfdMs) {
    const manifests = `${labFolder}/${node.name}-manifests`;
    mkdirSync(manifests, { recursive: true });
    const put = (file: string, items: readonly object[]) => {
      writeFileSync(`${manifests}/.${file}`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      renameSync(`${manifests}/.${file}`, `${manifests}/${file}`);
    };
    const { conf, peers } = configurationOf(routers, bfdMs);
    put('bgp.json', [conf, ...peers]);
    const agent = node.start('agent', main, [
      ...[
        'agent',
        '--node-name',
        node.name,
        '--manifests',
        manifests,
        '--state-dir',
        `${labFolder}/${node.name}-state`,
      ],
      ...['--metrics-address', '127.0.0.1:9640', '--health-address', '127.0.0.1:9641'],
    ]);
    const sessions = () => agent.log().split('BGP session is established').length - 1;
    await eventually('sessions', () => sessions() >= routers.length, { onTimeout: agent.log });
    return {
      prepare: async (prefixes) => async () => put('groups.json', groupsOf(prefixes, node)),
      memory: () => residentBytes(agent.pid),
      async stop() {
        agent.signal('SIGKILL');
        await agent.exited;
      },
    };
  },
};

/** Node's flags that the program is installed with: those of its first line. */
function installedWith(): readonly string[] {
  const [first = ''] = readFileSync(main, 'utf8').split('\n', 1);
  return first.split(' ').filter((word) => word.startsWith('--'));
}

/** A BgpConf and a BgpPeer for each router, as of files. */
export function configurationOf(routers: readonly Host[], bfdMs?: number) {
  const interval = `${bfdMs}ms`;
  const bfd = bfdMs === undefined ? {} : { bfd: { transmitInterval: interval, receiveInterval: interval } };
  const timers = { config: { holdTime: '90' } };
  return {
    conf: { ...head, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as } },
    peers: routers.map(({ name, address }) => ({
      ...head,
      kind: 'BgpPeer',
      metadata: { name },
      spec: { conf: { neighborAddress: address, peerAs: routersAs }, timers, ...bfd },
    })),
  };
}

/**
 * As the controller splits them: less than 4000 addresses in a group. There are always at least three groups: an address that its group has
 * no more is withdrawn at once, those of a group that is gone are drained.
 */
export function groupsOf(prefixes: readonly string[], node: Host): readonly object[] {
  const addresses = prefixes.map((prefix) => prefix.split('/')[0]!);
  const most = 3500;
  return Array.from({ length: Math.max(3, Math.ceil(addresses.length / most)) }, (_, i) => ({
    ...head,
    kind: 'VipGroup',
    metadata: { name: `pool-${i}` },
    spec: {
      protocol: 'bgp',
      eip: 'pool',
      addresses: addresses.slice(i * most, (i + 1) * most),
      members: [{ node: node.name, priority: 100 }],
    },
  }));
}

/** Told as by `birdc configure`, but without that program. */
export const bird: Contender = {
  name: 'BIRD',
  async start(labFolder, node, routers, bfdMs) {
    const settings = settingsFor(routers, bfdMs);
    const router = await startRouter('bird', labFolder, node, settings);
    await established(router, routers);
    const folder = routerFolder(labFolder, node, 'bird');
    const control = connect(`${folder}/bird.ctl`).resume();
    return {
      async prepare(prefixes) {
        writeConfiguration(`${folder}/bird.conf`, birdConfiguration(node, { ...settings, announces: prefixes }));
        return async () => void control.write('configure\n');
      },
      memory: router.memory,
      async stop() {
        control.destroy();
        await router.stop();
      },
    };
  },
};

/** FRR, with bfdd; it takes what it announces at its start. */
export const frr: Contender = {
  name: 'FRR',
  async start(labFolder, node, routers, bfdMs) {
    const router = await startRouter('frr', labFolder, node, settingsFor(routers, bfdMs));
    await established(router, routers);
    if (bfdMs !== undefined)
      for (const { address } of routers)
        await eventually('BFD', async () => (await neighborAt(router, address))?.bfd === 'Up');
    const folder = routerFolder(labFolder, node, 'frr');
    return {
      async prepare(prefixes) {
        const lines = prefixes.flatMap((each) => ['-c', `network ${each}`]);
        const begin = ['-c', 'conf t', '-c', `router bgp ${as}`, '-c', 'address-family ipv4 unicast'];
        return async () => void (await node.run('vtysh', ['--vty_socket', folder, ...begin, ...lines]));
      },
      memory: router.memory,
      stop: router.stop,
    };
  },
};

export const gobgp: Contender = {
  name: 'GoBGP',
  async start(labFolder, node, routers) {
    const router = await startRouter('gobgp', labFolder, node, settingsFor(routers));
    await established(router, routers);
    const api = openGobgpApi(`${routerFolder(labFolder, node, 'gobgp')}/api.sock`);
    let announced: readonly string[] = [];
    return {
      async prepare(prefixes) {
        const [wanted, before] = [new Set(prefixes), new Set(announced)];
        const gone = announced.filter((each) => !wanted.has(each));
        const added = prefixes.filter((each) => !before.has(each));
        const requests = [
          ...(gone.length > 0 ? [api.request(gone, node.address, true)] : []),
          ...(added.length > 0 ? [api.request(added, node.address, false)] : []),
        ];
        announced = prefixes;
        return async () => void (await Promise.all(requests.map(api.tell)));
      },
      memory: router.memory,
      async stop() {
        api.close();
        await router.stop();
      },
    };
  },
};

function settingsFor(routers: readonly Host[], bfdMs?: number): RouterSettings {
  const bfd = bfdMs === undefined ? {} : { bfd: { intervalMs: bfdMs, multiplier: 3 } };
  const neighbors = routers.map(({ address }) => ({
    at: { address },
    as: routersAs,
    families: ['ipv4'] as const,
    ...bfd,
  }));
  return { as, holdTime: 90, neighbors };
}

async function established(router: Awaited<ReturnType<typeof startRouter>>, routers: readonly Host[]): Promise<void> {
  for (const { address } of routers)
    await eventually(`a session with ${address}`, async () => {
      return (await neighborAt(router, address))?.state === 'Established';
    });
}
