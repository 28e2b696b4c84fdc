/** What every place that speaks of a holder says of one address, gathered as a user would read it. */
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { askNode } from './election.js';
import { macsThatAnswerFor } from './macs-that-answer.js';
import type { Node } from './node.js';
import type { Stack } from './stack.js';

export interface Shown {
  /** The nodes that a place names as holding the address, by place; none: it names nobody. */
  readonly holders: Readonly<Record<string, readonly string[]>>;
  /** The condition Announced of the Eip. */
  readonly announced: string;
  /** The reason that goes with a missing holder in the group's status, and since when. */
  readonly reason: string | undefined;
  readonly since: string | undefined;
  /** The last Event about who announces the address. */
  readonly onService: Told | undefined;
  readonly onEip: Told | undefined;
  /** Everything as text, for the message of a failure. */
  readonly text: string;
}

export interface Told {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

interface EventObject extends Told {
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly firstTimestamp?: string;
  readonly series?: { readonly lastObservedTime?: string };
  readonly metadata: { readonly creationTimestamp: string; readonly resourceVersion: string };
}

/** Of Events that say who announces something, or that nobody does. */
const about =
  /^(Held|ByVrrp|Announceable|AgentSilent|NoAgent|NoMemberTakesPart|NotLed|NoGroup|AnsweredElsewhere|AddressOfNode|Refused|NoEligibleNode|NoReadyEndpoint|InvalidAddress|Overlap)$/;

export async function shownOf(stack: Stack, o: { vip: string; service: string; eip: string }): Promise<Shown> {
  const kubectl = (...args: string[]) => stack.api.kubectl(args);
  const [group, eip, onService, onEip] = await Promise.all([
    stack.groupOf(o.vip).catch(() => undefined),
    kubectl('get', 'eip', o.eip, '-o', 'json').then((text) => JSON.parse(text) as Eip),
    lastTold(kubectl, `involvedObject.kind=Service,involvedObject.name=${o.service}`),
    lastTold(kubectl, `involvedObject.kind=Eip,involvedObject.name=${o.eip}`),
  ]);
  const name = group?.metadata.name ?? '';
  const columns = group === undefined ? '' : await kubectl('get', 'vipgroups', name, '--no-headers');
  const inColumns = stack.nodes.filter((node) => columns.split(/\s+/).includes(node.name)).map((node) => node.name);
  const condition = eip.status?.conditions?.find(({ type }) => type === 'Announced');
  const holders = {
    'get vipgroups': inColumns,
    'status.holder of the group': list(group?.status?.holder),
    'members of the group that are Active': activeOf(group),
    'status.holders of the Eip': list(eip.status?.holders?.[name]),
    'the last Event on the Service': heldBy(onService),
  };
  return {
    holders,
    announced: `${condition?.status ?? 'absent'}`,
    reason: group?.status?.reason,
    since: group?.status?.since,
    onService,
    onEip,
    text: JSON.stringify({ holders, condition, status: group?.status, onService, onEip }, undefined, 2),
  };
}

/** The nodes whose agents say themselves that they hold the address: by `status --local`, and by their metrics. */
export async function saidByAgents(nodes: readonly Node[], vip: string): Promise<readonly string[]> {
  const said = await Promise.all(
    nodes.map(async (node) => {
      const { members } = await askNode(node);
      return members.some(({ held }) => held.includes(vip)) ? node.name : undefined;
    }),
  );
  return said.filter((name) => name !== undefined);
}

/** The nodes that have the address on their NIC. */
export async function onNics(nodes: readonly Node[], vip: string): Promise<readonly string[]> {
  const has = await Promise.all(nodes.map(async ({ host }) => (await host.addresses()).includes(vip)));
  return nodes.filter((_, at) => has[at]).map(({ name }) => name);
}

/**
 * The nodes that `openelb-vip status` names as holding an address. It takes its time where an agent is not heard of: it looks twice.
 */
export async function namedByStatus(stack: Stack, vip: string): Promise<readonly string[]> {
  const args = [join(projectRoot(), 'dist', 'main.js'), 'status', `--kubeconfig=${stack.api.kubeconfig}`];
  const { metadata } = await stack.groupOf(vip);
  const lines = (await stack.control.run(process.execPath, args)).split('\n');
  const row = lines.find((line) => line.startsWith(`${metadata.name} `))?.split(/\s{2,}/) ?? [];
  const active = (row[7] ?? '').split(' ').flatMap((each) => /^(\S+):Active/.exec(each)?.[1] ?? []);
  return [...new Set([...list(/^</.test(row[4] ?? '<') ? undefined : row[4]), ...active])];
}

/** The nodes that answer the client for the address, by ARP. */
export async function answering(
  { client, nodes }: Pick<Stack, 'client' | 'nodes'>,
  vip: string,
): Promise<readonly string[]> {
  const macs = await macsThatAnswerFor(client, vip);
  const own = await Promise.all(nodes.map(({ host }) => host.run('cat', ['/sys/class/net/eth0/address'])));
  return macs.map((mac) => nodes[own.findIndex((text) => text.trim() === mac)]?.name ?? mac);
}

async function lastTold(kubectl: (...args: string[]) => Promise<string>, selector: string): Promise<Told | undefined> {
  const { items } = JSON.parse(
    await kubectl('get', 'events', '--all-namespaces', `--field-selector=${selector}`, '-o', 'json'),
  ) as { items: EventObject[] };
  const version = ({ metadata }: EventObject) => BigInt(metadata.resourceVersion);
  const [last] = items.filter(({ reason }) => about.test(reason)).sort((a, b) => (version(a) < version(b) ? 1 : -1));
  return last;
}

function heldBy(told: Told | undefined): readonly string[] {
  return list(told?.reason === 'Held' ? / is held by node (\S+)/.exec(told.message)?.[1] : undefined);
}

function activeOf(group: VipGroup | undefined): readonly string[] {
  return (group?.status?.members ?? []).filter(({ state }) => state === 'Active').map(({ node }) => node);
}

function list(name: string | undefined): readonly string[] {
  return name === undefined || name === '' ? [] : [name];
}
