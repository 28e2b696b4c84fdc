/** What `openelb-vip status` reads from an API server: all at once. */
import { agentLeaseRenewMs, controllerLeaseSelector } from '../api/agent-lease.js';
import type { BgpPeer } from '../api/bgp-peer.js';
import type { Eip } from '../api/eip.js';
import { partSelectors } from '../api/group-labels.js';
import { heartbeatSelector } from '../api/heard-lease.js';
import { readBgpPeer } from '../api/read-bgp.js';
import { readEip, readVipGroup } from '../api/read-for-people.js';
import type { Silence } from '../api/silent-agents.js';
import { withoutSilent } from '../api/silent-agents.js';
import type { VipGroup } from '../api/vip-group.js';
import { bgpPeers, eips, vipGroups } from '../controller/objects/resources.js';
import { hasStatus } from '../platform/kubernetes/api-error.js';
import { leases } from '../platform/kubernetes/builtin-resources.js';
import type { CallOptions } from '../platform/kubernetes/call.js';
import type { ApiClient } from '../platform/kubernetes/client.js';
import { type Lease, readLease } from '../platform/kubernetes/lease-record.js';
import { listPages } from '../platform/kubernetes/list-pages.js';
import type { Resource } from '../platform/kubernetes/resource.js';
import { describeError } from '../platform/observability/describe-error.js';
import { type Heard, heardOf, isDoubtful, lastHeard, silenceIn } from './heard.js';
import { refusedText } from './refused.js';

export interface Seen {
  /** Without what nobody vouches for any more. */
  readonly groups: readonly VipGroup[];
  readonly pools: readonly Eip[];
  readonly peers: readonly BgpPeer[];
  /** By node; undefined when it could not be read. */
  readonly heard: ReadonlyMap<string, Heard> | undefined;
  readonly controllerHeardMs: number | undefined;
}

export interface Reading {
  readonly client: ApiClient;
  /** Where the programs' Leases are. */
  readonly namespace: string;
  /** The API server has answered. */
  answered(): void;
  /** What cannot be shown, and why. */
  say(text: string): void;
}

/** Longer than an agent takes between two renewals, in milliseconds. */
const secondLookMs = agentLeaseRenewMs + 1_500;

/** Rejects when VipGroups cannot be read; of what else cannot, that is said. */
export async function readSeen(reading: Reading): Promise<Seen> {
  let sent = () => {};
  const underWay = new Promise<void>((resolve) => {
    sent = resolve;
  });
  const listed = listGroups(reading.client, sent).finally(() => {
    reading.answered();
    sent();
  });
  // Without groups there is nothing to show, and one reason is enough.
  const say = (text: string) =>
    void listed.then(
      () => reading.say(text),
      () => {},
    );
  // Another handshake would hold up that of the request which takes the server longest.
  const beside = underWay.then(() => readBeside({ ...reading, say }));
  const [groups, { pools, peers, heard }] = await Promise.all([listed, beside]);
  const shown = heard === undefined ? groups : groups.map((group) => asHeard(group, heard.silence));
  return { groups: shown, pools, peers, heard: heard?.latest, controllerHeardMs: heard?.controllerHeardMs };
}

/** One after the other: what is little is read sooner than another connection is opened. */
async function readBeside(reading: Reading) {
  const pools = await optional<Eip>(reading, eips, readEip, 'pools cannot be shown');
  const peers = await optional<BgpPeer>(reading, bgpPeers, readBgpPeer, 'sessions with routers cannot be shown');
  return { pools, peers, heard: await listen(reading) };
}

/**
 * By their names. As the API server has them at hand, which takes it a third of the time that it takes to ask its store. One that is cut off from
 * that is found out by the Leases, which come from there. In parts, since it is the writing out that takes it longest. Rejects with what to do
 * about it.
 *
 * @param onSending called when the requests have left
 */
export async function listGroups(client: ApiClient, onSending?: () => void): Promise<readonly VipGroup[]> {
  const request = <R>(call: CallOptions) => client.request<R>(call);
  let unsent = partSelectors.length;
  const sending = () => {
    unsent -= 1;
    if (unsent === 0) onSending?.();
  };
  const part = async (labelSelector: string) => {
    const options = { resourceVersion: '0', onSending: sending };
    const { items } = await listPages<VipGroup>(request, vipGroups, { labelSelector }, options);
    return items.flatMap((group) => readVipGroup(group) ?? []);
  };
  try {
    const groups = (await Promise.all(partSelectors.map(part))).flat();
    // One whose label is written meanwhile, which happens once in its life, may be in two parts; or in none, until the next look.
    const byName = new Map(groups.map((group) => [group.metadata.name, group]));
    return [...byName.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  } catch (error) {
    if (!hasStatus(error, 403) && !hasStatus(error, 404)) throw error;
    throw new Error(refusedText(error, vipGroups));
  }
}

/** None on a server that does not have them, or for whoever may not read them. */
async function optional<T>(
  { client, say }: Reading,
  resource: Resource,
  read: (object: unknown) => T | undefined,
  otherwise: string,
): Promise<readonly T[]> {
  try {
    return (await client.list(resource)).items.flatMap((object) => read(object) ?? []);
  } catch (error) {
    if (!hasStatus(error, 404)) say(`${otherwise}: ${refusedText(error, resource)}`);
    return [];
  }
}

/** Who is heard of; undefined when that cannot be read. Looks twice, some seconds apart, only where the first look leaves a doubt. */
async function listen({ client, namespace, say }: Reading) {
  const look = async (labelSelector: string) =>
    (await client.list<Lease>(leases, { namespace, labelSelector })).items.map(readLease);
  try {
    const controllerHeardMs = lastHeard(await look(controllerLeaseSelector));
    const first = heardOf(await look(heartbeatSelector));
    const nowMs = Date.now();
    let latest = first;
    if ([...first.values()].some((each) => isDoubtful(each, nowMs))) {
      say('some agents have not been heard of for a while: looking again in a moment');
      await new Promise((resolve) => setTimeout(resolve, secondLookMs));
      latest = heardOf(await look(heartbeatSelector));
    }
    return { latest, silence: silenceIn(first, latest, Date.now()), controllerHeardMs };
  } catch (error) {
    const text = hasStatus(error, 403) ? refusedText(error, leases, namespace) : describeError(error);
    say(`how old this is cannot be said: ${text}`);
    return undefined;
  }
}

function asHeard(group: VipGroup, silence: (node: string) => Silence | undefined): VipGroup {
  if (group.status === undefined) return group;
  return { ...group, status: withoutSilent(group.spec, group.status, silence) };
}
