/**
 * Writes this node's parts of the statuses that tell of BGP: only what changed, several changes as one, tried again until it is done, and
 * written anew where somebody else has changed it. A session that flaps is written once in a while.
 */

import type { BgpConf } from '../../api/bgp-conf.js';
import { bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { VipGroup } from '../../api/vip-group.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { createWorkQueue } from '../../platform/kubernetes/work-queue.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { BgpDesk } from '../bgp/desk.js';
import { bgpConfs, bgpPeers } from '../sources/kubernetes-bgp.js';
import { vipGroups } from '../sources/kubernetes-groups.js';
import { confStatus, groupStatus, isoTime, peerStatus } from './bgp-status.js';
import { agentFieldManager } from './field-manager.js';

/** Changes within this time of the first are written as one; and no object is written more often. In milliseconds. */
const gatherMs = 200;
const spacingMs = 1_000;
/** How many routes a router was told changes with every Service: it alone is no reason to write, but once in a while. */
const countsEveryMs = 60_000;
/** How often is looked whether what was written is still there. */
const sweepMs = 2_000;

export interface BgpStatusWriter {
  /** Something may stand otherwise than before. */
  changed(): void;
  /** Resolves when everything was written, or tried once. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Latest {
  readonly peer: (name: string) => BgpPeer | undefined;
  readonly conf: () => BgpConf | undefined;
  readonly group: (name: string) => VipGroup | undefined;
}

/** What is to be in the status of an object; undefined: nothing of ours. */
interface Part {
  readonly status: object;
}

const kinds: Readonly<Record<string, Resource>> = { peer: bgpPeers, conf: bgpConfs, group: vipGroups };

export function createBgpStatusWriter(o: {
  readonly client: ApiClient;
  readonly node: string;
  readonly desk: Pick<BgpDesk, 'peers' | 'local' | 'group' | 'groupNames'>;
  readonly latest: Latest;
  readonly log: Logger;
  readonly clock?: Clock;
}): BgpStatusWriter {
  const { desk, node, latest } = o;
  const clock = o.clock ?? systemClock;
  /** Its own, so that what the status of elections takes back is not ours. */
  const fieldManager = agentFieldManager(node, 'bgp');
  const wanted = new Map<string, Part>();
  /** What was written last, as JSON, and when. */
  const written = new Map<string, { readonly text: string; readonly at: number }>();
  /** Since when something without a time of its own is as it is. */
  const since = new Map<string, { readonly state: string; readonly at: string }>();
  let gathering: (() => void) | undefined;
  let cancelSweep: (() => void) | undefined;

  const queue = createWorkQueue({
    reconcile: write,
    concurrency: 4,
    clock,
    onError: (key, error, { attempts, retryMs }) => {
      const fields = { key, attempts, retryMs, error: describeError(error) };
      if (attempts === 1) o.log.warn('BGP status not written, trying again', fields);
      else o.log.debug('BGP status not written, trying again', fields);
    },
  });

  async function write(key: string): Promise<undefined | { readonly after: number }> {
    const part = wanted.get(key);
    const text = JSON.stringify(part?.status);
    const before = written.get(key);
    if (before === undefined ? part === undefined : before.text === text) return undefined;
    const everyMs =
      before !== undefined && withoutCounts(before.text) === withoutCounts(text) ? countsEveryMs : spacingMs;
    const waitMs = before === undefined ? 0 : before.at + everyMs - clock.now();
    if (waitMs > 0) return { after: waitMs };
    const { resource, name } = placeOf(key);
    try {
      const body = part === undefined ? {} : { status: part.status };
      await o.client.apply(resource, name, body, { fieldManager, force: true, subresource: 'status' });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error; // deleted meanwhile: nobody wants to know any more
    }
    if (part === undefined) written.delete(key);
    else written.set(key, { text, at: clock.now() });
    return undefined;
  }

  function sinceOf(key: string, state: string): string {
    const before = since.get(key);
    if (before?.state === state) return before.at;
    const at = isoTime(clock.wall());
    since.set(key, { state, at });
    return at;
  }

  function look(): void {
    gathering = undefined;
    const now = new Map<string, Part>();
    for (const view of desk.peers()) {
      const key = `peer/${view.name}`;
      now.set(key, { status: peerStatus(view, node, sinceOf(key, view.problem?.reason ?? 'Idle')) });
    }
    for (const name of desk.groupNames()) {
      const view = desk.group(name);
      const key = `group/${name}`;
      if (view !== undefined) now.set(key, { status: groupStatus(view, node, sinceOf(key, view.state)) });
    }
    const local = desk.local();
    if (local !== undefined) now.set(`conf/${bgpConfName}`, { status: confStatus(local, node) });
    for (const key of new Set([...wanted.keys(), ...now.keys()])) {
      const part = now.get(key);
      if (part === undefined) {
        wanted.delete(key);
        since.delete(key);
      } else wanted.set(key, part);
      if (JSON.stringify(part?.status) !== written.get(key)?.text) queue.add(key);
    }
  }

  /** Writes again what is not shown, once the watch has had time to bring it. */
  function sweep(): void {
    for (const [key, { status }] of wanted) {
      const at = written.get(key)?.at;
      if (at === undefined || clock.now() - at < sweepMs || isShown(key, status)) continue;
      written.delete(key);
      queue.add(key);
    }
    cancelSweep = clock.after(sweepMs, sweep);
  }
  cancelSweep = clock.after(sweepMs, sweep);

  function isShown(key: string, status: object): boolean {
    const { kind, name } = placeOf(key);
    const own = status as Shown;
    if (kind === 'conf') {
      const found = latest.conf();
      return found === undefined || same(found.status?.nodesConfStatus?.[node], own.nodesConfStatus?.[node]);
    }
    const found = (kind === 'peer' ? latest.peer(name) : latest.group(name))?.status as Shown | undefined;
    const exists = (kind === 'peer' ? latest.peer(name) : latest.group(name)) !== undefined;
    if (!exists) return true;
    const list = kind === 'peer' ? ('nodes' as const) : ('members' as const);
    const shown = found?.[list]?.find((each) => each.node === node);
    return own[list]!.every((each) => each.state === shown?.state && each.since === shown?.since);
  }

  return {
    changed() {
      gathering ??= clock.after(gatherMs, look);
    },
    idle() {
      gathering?.();
      look();
      return queue.idle();
    },
    close() {
      gathering?.();
      cancelSweep?.();
      return queue.close();
    },
  };
}

function withoutCounts(text: string | undefined): string {
  return (text ?? '').replace(/"prefixesSent":\d+/g, '');
}

interface Shown {
  readonly nodesConfStatus?: Readonly<Record<string, object | null>> | null;
  readonly nodes?: readonly Entry[] | null;
  readonly members?: readonly Entry[] | null;
}

interface Entry {
  readonly node: string;
  readonly state?: string;
  readonly since?: string;
}

function placeOf(key: string): { readonly kind: string; readonly resource: Resource; readonly name: string } {
  const slash = key.indexOf('/');
  const kind = key.slice(0, slash);
  return { kind, resource: kinds[kind]!, name: key.slice(slash + 1) };
}

function same(a: object | null | undefined, b: object | null | undefined): boolean {
  const text = (value: object | null | undefined) => JSON.stringify(Object.entries(value ?? {}).sort());
  return text(a) === text(b);
}
