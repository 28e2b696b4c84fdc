import type { Host } from '../host.js';
import { gobgpConfiguration } from './gobgp-configuration.js';
import { answering, residentBytes, routerFolder, startDaemon, stopAll, writeConfiguration } from './program.js';
import type { Router } from './router.js';
import { familyOf, type Neighbor, type OwnConfiguration, type Path, type RouterSettings } from './settings.js';

/**
 * Starts GoBGP on a host, which judges what it is told and installs nothing; ready when it answers. Its API is also at `api.sock` in its folder.
 */
export async function startGobgp(
  labFolder: string,
  host: Host,
  settings: RouterSettings | OwnConfiguration,
): Promise<Router> {
  const folder = routerFolder(labFolder, host, 'gobgp');
  const own = 'lines' in settings;
  const lines = own ? settings.lines : [JSON.stringify(gobgpConfiguration(host, settings), null, 2)];
  const language = own ? 'toml' : 'json';
  const file = writeConfiguration(`${folder}/gobgp.${language}`, lines);
  const api = '127.0.0.1:50051';
  const args = ['-f', file, '-t', language, '--api-hosts', `${api},unix://${folder}/api.sock`, '--pprof-disable'];
  const gobgpd = startDaemon(host, 'gobgp', '/usr/bin/gobgpd', args);
  const gobgp = (...words: readonly string[]) => host.run('/usr/bin/gobgp', [...words]);
  await answering(gobgpd, () => gobgp('global'));
  const announces = own ? [] : (settings.announces ?? []);
  for (const prefix of announces) await gobgp('global', 'rib', 'add', '-a', familyOf(prefix), prefix);
  return {
    kind: 'gobgp',
    host,
    processes: [gobgpd],
    neighbors: async () => {
      const all = JSON.parse(await gobgp('neighbor', '-j')) as readonly GobgpNeighbor[] | null;
      return (all ?? []).map(neighborOf);
    },
    paths: async (prefix) => {
      const all = JSON.parse(await gobgp('global', 'rib', prefix, '-a', familyOf(prefix), '-j')) as Readonly<
        Record<string, readonly GobgpPath[]>
      >;
      return Object.values(all).flat().map(pathOf);
    },
    ask: gobgp,
    memory: () => residentBytes(gobgpd.pid),
    stop: () => stopAll([gobgpd]),
  };
}

interface GobgpNeighbor {
  readonly state?: { readonly neighbor_address?: string; readonly session_state?: number; readonly peer_asn?: number };
  readonly afi_safis?: readonly {
    readonly state?: { readonly family?: { readonly afi?: number }; readonly received?: number };
  }[];
}

/** By the numbers of GoBGP's API. */
const states = ['Idle', 'Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;

function neighborOf({ state = {}, afi_safis = [] }: GobgpNeighbor): Neighbor {
  const received = (afi: number) => afi_safis.find((each) => each.state?.family?.afi === afi)?.state?.received ?? 0;
  return {
    address: state.neighbor_address ?? '',
    as: state.peer_asn ?? 0,
    state: states[state.session_state ?? 0] ?? 'Idle',
    received: { ipv4: received(1), ipv6: received(2) },
  };
}

interface GobgpPath {
  readonly best: boolean;
  readonly stale: boolean;
  readonly 'neighbor-ip': string;
  readonly attrs: readonly {
    readonly type: number;
    readonly nexthop?: string;
    readonly as_paths?: readonly { readonly asns?: readonly number[] }[];
    readonly communities?: readonly number[];
    readonly metric?: number;
    readonly value?: unknown;
  }[];
}

function pathOf({ attrs, stale, best, 'neighbor-ip': from }: GobgpPath): Path {
  const attribute = (type: number) => attrs.find((each) => each.type === type);
  const med = attribute(4)?.metric;
  const localPreference = attribute(5)?.value as number | undefined;
  return {
    nextHop: attribute(3)?.nexthop ?? attribute(14)?.nexthop ?? '',
    from,
    asPath: (attribute(2)?.as_paths ?? []).flatMap(({ asns = [] }) => asns),
    communities: (attribute(8)?.communities ?? []).map((each) => `${each >>> 16}:${each & 0xffff}`),
    ...(localPreference === undefined ? {} : { localPreference }),
    ...(med === undefined ? {} : { med }),
    stale,
    used: best,
  };
}
