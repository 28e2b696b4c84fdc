import { readFileSync } from 'node:fs';
import { LabError, run } from '../command.js';
import type { Host } from '../host.js';
import { forwarding } from './forwarding.js';
import { bfddConfiguration, bgpdConfiguration } from './frr-configuration.js';
import { answering, residentBytes, routerFolder, startDaemon, stopAll, writeConfiguration } from './program.js';
import type { Router } from './router.js';
import { familyOf, type Neighbor, type OwnConfiguration, type Path, type RouterSettings } from './settings.js';

/** It drops root, and then wants to read and write its files. */
const user = 'frr';
const home = { folder: '/run/frr', owner: user };

/**
 * Starts FRR (zebra, bfdd where a neighbour has BFD, bgpd) on a host; ready when it answers and has its configuration.
 * @param settings in its own language: bgpd's; the other daemons are started without any
 */
export async function startFrr(
  labFolder: string,
  host: Host,
  settings: RouterSettings | OwnConfiguration,
): Promise<Router> {
  const folder = routerFolder(labFolder, host, 'frr');
  const vtysh = (command: string) => host.run('vtysh', ['--vty_socket', folder, '-c', command]);
  const started = async (daemon: string, configuration: readonly string[], ...more: readonly string[]) => {
    const file = writeConfiguration(`${folder}/${daemon}.conf`, configuration);
    await run('chown', ['-R', user, folder]);
    const log = `${folder}/${daemon}.log`;
    const args = [
      '--log',
      `file:${log}`,
      '-f',
      file,
      '-i',
      `${folder}/${daemon}.pid`,
      '-z',
      `${folder}/zserv`,
      '--vty_socket',
      folder,
    ];
    const process = startDaemon(host, daemon, `/usr/lib/frr/${daemon}`, [...args, '-P', '0', ...more], home);
    await answering(process, () => host.run('vtysh', ['--vty_socket', folder, '-d', daemon, '-c', 'show version']));
    // It goes on without a line that it does not take, such as one with a password.
    const refused = readFileSync(log, 'utf8').match(/.* on config line .*/g);
    if (refused) throw new LabError(`${host.name}: ${daemon} does not take its configuration:\n${refused.join('\n')}`);
    return process;
  };

  await host.run('sysctl', ['-qw', ...forwarding]);
  const zebra = await started('zebra', ['!']);
  const own = 'lines' in settings;
  const withBfd = own || settings.neighbors.some(({ bfd }) => bfd !== undefined);
  const timings = own ? ['!'] : bfddConfiguration(settings);
  const bfdd = withBfd ? [await started('bfdd', timings, '--bfdctl', `${folder}/bfdd.sock`)] : [];
  const bgpd = await started('bgpd', own ? settings.lines : bgpdConfiguration(host, settings));
  const processes = [zebra, ...bfdd, bgpd];
  return {
    kind: 'frr',
    host,
    processes,
    neighbors: async () => {
      const all = JSON.parse(await vtysh('show bgp neighbors json')) as Readonly<
        Record<string, FrrNeighbor | undefined>
      >;
      return Object.entries(all).flatMap(([address, neighbor]) =>
        neighbor?.bgpState === undefined ? [] : [neighborOf(address, neighbor)],
      );
    },
    paths: async (prefix) => {
      const known = JSON.parse(await vtysh(`show bgp ${familyOf(prefix)} unicast ${prefix} json`)) as {
        paths?: FrrPath[];
      };
      return (known.paths ?? []).map(pathOf);
    },
    ask: (...words) => vtysh(words.join(' ')),
    memory: () => residentBytes(bgpd.pid),
    stop: () => stopAll(processes),
  };
}

interface FrrNeighbor {
  readonly remoteAs: number;
  readonly bgpState?: Neighbor['state'];
  readonly bgpNeighborAddr?: string;
  readonly addressFamilyInfo?: Readonly<Record<string, { readonly acceptedPrefixCounter?: number } | undefined>>;
  readonly peerBfdInfo?: { readonly status?: string };
  readonly lastResetDueTo?: string;
  readonly lastNotificationReason?: string;
}

function neighborOf(key: string, neighbor: FrrNeighbor): Neighbor {
  const count = (family: string) => neighbor.addressFamilyInfo?.[family]?.acceptedPrefixCounter ?? 0;
  const bfd = neighbor.peerBfdInfo?.status as Neighbor['bfd'] | 'Unknown';
  const lastError = [neighbor.lastResetDueTo, neighbor.lastNotificationReason].filter(Boolean).join(': ');
  return {
    address: neighbor.bgpNeighborAddr ?? key,
    as: neighbor.remoteAs,
    state: neighbor.bgpState ?? 'Idle',
    received: { ipv4: count('ipv4Unicast'), ipv6: count('ipv6Unicast') },
    ...(bfd === undefined || bfd === 'Unknown' ? {} : { bfd }),
    ...(lastError === '' ? {} : { lastError }),
  };
}

interface FrrPath {
  readonly aspath?: { readonly string: string };
  readonly community?: { readonly list?: readonly string[]; readonly string: string };
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string; readonly used?: boolean }[];
  readonly peer: { readonly peerId: string };
  readonly locPrf?: number;
  readonly localPref?: number;
  readonly med?: number;
  readonly metric?: number;
  readonly stale?: boolean;
  readonly bestpath?: { readonly overall?: boolean };
  readonly multipath?: boolean;
}

function pathOf(path: FrrPath): Path {
  const nextHop = path.nexthops.find(({ scope }) => scope === 'global') ?? path.nexthops[0];
  const localPreference = path.locPrf ?? path.localPref;
  const med = path.med ?? path.metric;
  return {
    nextHop: nextHop?.ip ?? '',
    from: path.peer.peerId,
    asPath: (path.aspath?.string ?? '')
      .split(' ')
      .filter((each) => /^\d+$/.test(each))
      .map(Number),
    communities: (path.community?.string ?? '').split(' ').filter(Boolean).map(numeric),
    ...(localPreference === undefined ? {} : { localPreference }),
    ...(med === undefined ? {} : { med }),
    stale: path.stale ?? false,
    used: (path.bestpath?.overall ?? false) || (path.multipath ?? false),
  };
}

const named: Readonly<Record<string, string>> = {
  gracefulShutdown: '65535:0',
  'graceful-shutdown': '65535:0',
  noExport: '65535:65281',
  'no-export': '65535:65281',
};

/** FRR has names for some communities. */
function numeric(community: string): string {
  return named[community] ?? community;
}
