import { writeFile } from 'node:fs/promises';
import { configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { birdConfiguration } from '../lab/routers/bird-configuration.js';
import { routerFolder, writeConfiguration } from '../lab/routers/program.js';
import { neighborAt } from '../lab/routers/router.js';
import type { RouterSettings } from '../lab/routers/settings.js';
import { startRouter } from '../lab/routers/start.js';

/** A program on a node that announces host routes to routers. */
export interface Contender {
  readonly name: string;
  /** Starts it; ready when all routers have a session. */
  start(labFolder: string, node: Host, routers: readonly Host[], bfdMs?: number): Promise<Running>;
}

export interface Running {
  /** Announces exactly these from now on; returns when it was told so. */
  announce(prefixes: readonly string[]): Promise<void>;
  /** Resident memory in bytes. */
  memory(): Promise<number>;
  /** How often a session has ended since it was first Established. */
  transitions?(): number;
  stop(): Promise<void>;
}

const as = 65_001;
const routersAs = 65_000;

export const ours: Contender = {
  name: 'openelb-vip',
  async start(labFolder, node, routers, bfdMs) {
    const speaker = await startBgpSpeaker(node, labFolder, { bfd: bfdMs !== undefined });
    const interval = (bfdMs ?? 0) * 1000;
    const bfd = bfdMs === undefined ? {} : { bfd: { desiredMinTx: interval, requiredMinRx: interval, detectMult: 3 } };
    const session = { identifier: identifierOf(node), holdTime: 90, families: [4] };
    speaker.command(configuration(routers.map(({ name, address }) => peerOf(name, address, { session, ...bfd }))));
    speaker.command({ type: 'complete' });
    for (const { name } of routers) {
      await speaker.eventuallyTold(name, 0);
      if (bfdMs !== undefined) await eventually('BFD', () => speaker.report(name)?.bfd?.state === 'Up');
    }
    const begun = speaker.events.length;
    let announced: readonly string[] = [];
    return {
      async announce(prefixes) {
        const wanted = new Set(prefixes);
        const before = new Set(announced);
        const remove = announced.filter((each) => !wanted.has(each));
        announced = prefixes;
        speaker.routes(
          prefixes.filter((each) => !before.has(each)),
          { remove },
        );
      },
      memory: () => speaker.memory(),
      transitions: () =>
        speaker.events.slice(begun).filter((each) => each.type === 'peer' && each.report.state !== 'Established')
          .length,
      async stop() {
        speaker.process.signal('SIGKILL');
        await speaker.process.exited;
      },
    };
  },
};

export const bird: Contender = {
  name: 'BIRD',
  async start(labFolder, node, routers, bfdMs) {
    const settings = settingsFor(routers, bfdMs);
    const router = await startRouter('bird', labFolder, node, settings);
    await established(router, routers);
    return {
      async announce(prefixes) {
        const file = `${routerFolder(labFolder, node, 'bird')}/bird.conf`;
        writeConfiguration(file, birdConfiguration(node, { ...settings, announces: prefixes }));
        await router.ask('configure');
      },
      memory: router.memory,
      stop: router.stop,
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
      async announce(prefixes) {
        const lines = prefixes.flatMap((each) => ['-c', `network ${each}`]);
        const begin = ['-c', 'conf t', '-c', `router bgp ${as}`, '-c', 'address-family ipv4 unicast'];
        await node.run('vtysh', ['--vty_socket', folder, ...begin, ...lines]);
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
    return {
      async announce(prefixes) {
        if (prefixes.length === 0) {
          await router.ask('global', 'rib', 'del', 'all');
          return;
        }
        // One call of its command for each would measure the command.
        const file = `${labFolder}/${node.name}.mrt`;
        await writeFile(file, mrtOf(prefixes, node.address));
        await router.ask('mrt', 'inject', 'global', file);
      },
      memory: router.memory,
      stop: router.stop,
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

function identifierOf({ address }: Host): number {
  return address.split('.').reduce((sum, each) => sum * 256 + Number(each), 0);
}

/** A table dump in MRT (RFC 6396 4.3): who it is from, and a record for each prefix. */
function mrtOf(prefixes: readonly string[], nextHop: string): Uint8Array {
  const four = nextHop.split('.').map(Number);
  const record = (subtype: number, body: readonly number[]) => [
    ...[0, 0, 0, 0, 0, 13, 0, subtype, 0, 0, body.length >> 8, body.length & 0xff],
    ...body,
  ];
  const index = record(1, [...four, 0, 0, 0, 1, 2, ...four, ...four, 0, 0, 0, 0]);
  const attributes = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 3, 4, ...four];
  const records = prefixes.flatMap((prefix, i) => {
    const [address = '', length] = prefix.split('/');
    const number = [(i >> 24) & 255, (i >> 16) & 255, (i >> 8) & 255, i & 255];
    const entry = [0, 0, 0, 0, 0, 0, 0, attributes.length, ...attributes];
    return record(2, [...number, Number(length), ...address.split('.').map(Number), 0, 1, ...entry]);
  });
  return Uint8Array.from([...index, ...records]);
}
