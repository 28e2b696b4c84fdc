import type { Host } from '../host.js';
import { openbgpdConfiguration } from './openbgpd-configuration.js';
import { answering, residentBytes, routerFolder, startDaemon, stopAll, writeConfiguration } from './program.js';
import type { Router } from './router.js';
import type { Neighbor, Path, RouterSettings } from './settings.js';

/** Where it locks itself in. */
const home = { folder: '/run/openbgpd', owner: 'root' };

/** Starts OpenBGPD on a host, which judges what it is told and installs nothing; ready when it answers. */
export async function startOpenbgpd(labFolder: string, host: Host, settings: RouterSettings): Promise<Router> {
  const folder = routerFolder(labFolder, host, 'openbgpd');
  const socket = `${folder}/bgpd.sock`;
  const file = writeConfiguration(`${folder}/bgpd.conf`, openbgpdConfiguration(host, settings, socket));
  const bgpd = startDaemon(host, 'openbgpd', '/usr/sbin/bgpd', ['-d', '-f', file], home);
  const bgpctl = (...words: readonly string[]) => host.run('/usr/sbin/bgpctl', ['-s', socket, ...words]);
  await answering(bgpd, () => bgpctl('show', 'summary'));
  return {
    kind: 'openbgpd',
    host,
    processes: [bgpd],
    neighbors: async () => {
      const { neighbors = [] } = JSON.parse(await bgpctl('-j', 'show', 'neighbor')) as {
        neighbors?: readonly OpenbgpdNeighbor[];
      };
      return Promise.all(
        neighbors
          .filter(({ config }) => !config.template)
          .map(async (each) => neighborOf(each, await countsOf(bgpctl, each.remote_addr))),
      );
    },
    paths: async (prefix) => {
      const { rib = [] } = JSON.parse(await bgpctl('-j', 'show', 'rib', 'detail', prefix)) as {
        rib?: readonly OpenbgpdPath[];
      };
      return rib.map(pathOf);
    },
    ask: bgpctl,
    memory: () => residentBytes(bgpd.pid),
    stop: () => stopAll([bgpd]),
  };
}

interface OpenbgpdNeighbor {
  readonly remote_addr: string;
  readonly remote_as: string;
  readonly state: Neighbor['state'];
  /** Whether it stands for everybody of a range. */
  readonly config: { readonly template: boolean };
  readonly last_error_received?: string;
  readonly last_error_sent?: string;
}

/** It counts the prefixes of a neighbour over all families; these are of each. */
async function countsOf(
  bgpctl: (...words: readonly string[]) => Promise<string>,
  address: string,
): Promise<Neighbor['received']> {
  const of = async (family: string) => {
    const text = await bgpctl('-j', 'show', 'rib', family, 'in', 'neighbor', address);
    return ((JSON.parse(text) as { rib?: readonly unknown[] }).rib ?? []).length;
  };
  return { ipv4: await of('inet'), ipv6: await of('inet6') };
}

function neighborOf(neighbor: OpenbgpdNeighbor, received: Neighbor['received']): Neighbor {
  const lastError = neighbor.last_error_received ?? neighbor.last_error_sent;
  return {
    address: neighbor.remote_addr,
    as: Number(neighbor.remote_as),
    state: neighbor.state,
    received,
    ...(lastError === undefined ? {} : { lastError }),
  };
}

interface OpenbgpdPath {
  readonly aspath: string;
  readonly exit_nexthop: string;
  readonly neighbor: { readonly remote_addr: string };
  readonly communities?: readonly string[];
  readonly localpref: number;
  readonly metric: number;
  readonly best?: boolean;
  readonly ecmp?: boolean;
  readonly stale?: boolean;
}

function pathOf(path: OpenbgpdPath): Path {
  return {
    nextHop: path.exit_nexthop,
    from: path.neighbor.remote_addr,
    asPath: path.aspath.split(' ').filter(Boolean).map(Number),
    communities: (path.communities ?? []).map((each) => (each === 'GRACEFUL_SHUTDOWN' ? '65535:0' : each)),
    localPreference: path.localpref,
    med: path.metric,
    stale: path.stale ?? false,
    used: (path.best ?? false) || (path.ecmp ?? false),
  };
}
