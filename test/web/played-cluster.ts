// Owns: what a controller may know of a cluster, made up, and a web view that shows it: for looks and speed, not for truth.

import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { Silence } from '../../src/api/silent-agents.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { issueCertificate } from '../../src/controller/certificate/certificate.js';
import type { Standing } from '../../src/controller/standing/contract.js';
import { createAccess } from '../../src/controller/web/access.js';
import { namesOf } from '../../src/controller/web/hosts.js';
import { loadPage } from '../../src/controller/web/page.js';
import { serveWeb, type WebServer } from '../../src/controller/web/server.js';
import { changed, newStreams } from '../../src/controller/web/streams.js';
import { newRing, noteAgent, noteGroup, notePeer } from '../../src/controller/web/transitions.js';
import { type Known, viewOf } from '../../src/controller/web/view.js';
import { systemClock } from '../../src/platform/kubernetes/clock.js';

export interface PlayedCluster {
  readonly port: number;
  readonly url: string;
  readonly groups: Map<string, VipGroup>;
  /** By token: what its user may list. Others are not accepted. */
  readonly tokens: Map<string, readonly string[]>;
  /** A group is led by another node, which says so. */
  move(group: string, node: string | undefined, at?: number): void;
  silence(node: string, silence: Silence | undefined): void;
  close(): Promise<void>;
}

export const everything = ['eips', 'vipgroups', 'services', 'nodes', 'bgppeers'];

type Peer = ReturnType<Known['world']['routing']>['peers'][number];

export async function playCluster(o: {
  readonly groups: number;
  readonly nodes: number;
  readonly names?: readonly string[];
}): Promise<PlayedCluster> {
  const nodes = Array.from({ length: o.nodes }, (_, index) => o.names?.[index] ?? `node-${index + 1}`);
  const began = Date.now();
  const groups = new Map<string, VipGroup>();
  for (let index = 0; index < o.groups; index += 1) {
    const group = groupOf(index, nodes, began - 600_000);
    groups.set(group.metadata.name, group);
  }
  const eips = eipsOf(groups);
  const silent = new Map<string, Silence>();
  const peers = [peerOf('tor-1', '192.0.2.1', nodes.slice(0, 4), began)];
  const known: Known = {
    world: {
      eips: { list: () => eips } as unknown as Known['world']['eips'],
      vipGroups: { list: () => groups.values() } as unknown as Known['world']['vipGroups'],
      nodes: () => nodes.map((name) => ({ metadata: { name } })),
      routing: () => ({ peers }),
      problem: () => undefined,
      outOfTouch: () => undefined,
    },
    agents: { silence: (node) => silent.get(node), heardAt: () => 1 },
    standings: { of: standingOf },
  };
  const tokens = new Map<string, readonly string[]>([['everything', everything]]);
  const ring = newRing();
  const streams = newStreams({ clock: systemClock, ring, view: () => viewOf(known) });
  for (const group of groups.values()) noteGroup(ring, group, undefined, began);
  for (const peer of peers) notePeer(ring, peer.metadata.name, peer, began);
  const names = namesOf('openelb-system', []);
  const page = await loadPage(new URL(`file://${projectRoot()}/dist/web/`));
  const served = { page, access: createAccess(playedReviews(tokens), systemClock), streams, names };
  const server: WebServer = await serveWeb({ host: '127.0.0.1', port: 0 }, served);
  server.use(issueCertificate(names, began, 3_600_000));
  return {
    port: server.port,
    url: `https://localhost:${server.port}/`,
    groups,
    tokens,
    move: (name, node, at = Date.now()) => {
      const before = groups.get(name)!;
      const after = ledBy(before, node, at);
      groups.set(name, after);
      noteGroup(ring, after, before, Date.now());
      changed(streams);
    },
    silence: (node, silence) => {
      if (silence === undefined) silent.delete(node);
      else silent.set(node, silence);
      noteAgent(ring, node, silence, Date.now());
      changed(streams);
    },
    close: () => server.close(),
  };
}

/** As the API server answers, which tests/cluster/web.test.ts asks for real. */
export function playedReviews(tokens: ReadonlyMap<string, readonly string[]>): Parameters<typeof createAccess>[0] {
  return {
    request: async <T>({ path, body }: { readonly path: string; readonly body?: unknown }) => {
      const { spec } = body as { spec: { token?: string; user?: string; resourceAttributes?: { resource: string } } };
      if (path.endsWith('/tokenreviews')) {
        const known = tokens.has(spec.token!);
        return { status: known ? { authenticated: true, user: { username: `user-of-${spec.token}` } } : {} } as T;
      }
      const may = tokens.get(spec.user!.slice('user-of-'.length)) ?? [];
      return { status: { allowed: may.includes(spec.resourceAttributes!.resource) } } as T;
    },
  };
}

const words = ['shop', 'mail', 'ingress', 'db', 'dns', 'git', 'chat', 'video'];

function groupOf(index: number, nodes: readonly string[], at: number): VipGroup {
  const pool = index % 3 === 2 ? 'internal' : 'public';
  const name = `${pool}-${String(index).padStart(4, '0')}`;
  const members = [0, 1, 2].map((offset) => nodes[(index + offset) % nodes.length]!);
  const address =
    pool === 'public' ? `198.51.${100 + (index >> 8)}.${index & 255}` : `10.20.${index >> 8}.${index & 255}`;
  const spec: VipGroup['spec'] = {
    eip: pool,
    protocol: 'vip',
    addresses: [address],
    vrrp: { virtualRouterId: (index % 255) + 1 },
    members: members.map((node, rank) => ({ node, priority: 200 - rank * 10 })),
  };
  const group: VipGroup = { metadata: { name, uid: name, resourceVersion: '1' }, spec };
  return ledBy(group, members[0], at);
}

function ledBy(group: VipGroup, node: string | undefined, at: number): VipGroup {
  const since = new Date(at).toISOString();
  const state = (each: string) => (each === node ? 'Active' : 'Backup') as 'Active' | 'Backup';
  const before = group.status?.transitions ?? 0;
  return {
    ...group,
    status: {
      ...(node === undefined ? {} : { holder: node, reason: before === 0 ? 'unopposed' : 'leader-silent' }),
      since,
      transitions: before + 1,
      members: group.spec.members.map((each) => ({
        node: each.node,
        state: state(each.node),
        since,
        priority: each.priority,
        interface: 'eth0',
      })),
    },
  };
}

function standingOf({ status }: VipGroup): Standing {
  if (status?.holder !== undefined) return { by: 'node', node: status.holder };
  return {
    by: 'nobody',
    reason: 'NotLed',
    message: 'no node leads: node-2 is Initialize: see kubectl describe vipgroup',
  };
}

function eipsOf(groups: ReadonlyMap<string, VipGroup>): readonly Eip[] {
  return (['internal', 'public'] as const).map((name) => {
    const addresses = [...groups.values()]
      .filter(({ spec }) => spec.eip === name)
      .flatMap(({ spec }) => spec.addresses);
    const used = Object.fromEntries(
      addresses.map((each, index) => [
        each,
        `${words[index % words.length]}/${words[(index >> 3) % words.length]}-${index}`,
      ]),
    );
    const poolSize = name === 'public' ? 1280 : 512;
    return {
      metadata: { name },
      spec: { address: name === 'public' ? '198.51.100.0-198.51.104.255' : '10.20.0.0/23', protocol: 'vip' },
      status: { poolSize, usage: addresses.length, leftOut: name === 'public' ? 12 : 3, used },
    };
  });
}

function peerOf(name: string, neighborAddress: string, nodes: readonly string[], at: number): Peer {
  const since = new Date(at - 300_000).toISOString();
  return {
    metadata: { name },
    spec: { conf: { neighborAddress, peerAs: 64500, authPassword: 'never-shown' } },
    status: {
      nodes: nodes.map((node) => ({
        node,
        state: 'Established' as const,
        since,
        prefixesSent: 12,
        bfd: { state: 'Up' as const },
      })),
    },
  } as Peer;
}
