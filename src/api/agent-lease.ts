/**
 * The Lease by which an agent says that it lives: one per node, in the namespace of the programs, renewed while its engine moves.
 * As the kubelet's Leases in kube-node-lease.
 */
import { addressBits, formatIp, type IpAddress, parseIp } from '../core/ip/address.js';
import { hashText } from '../core/placement/rendezvous.js';

/** Each agent renews its Lease this often, in milliseconds. */
export const agentLeaseRenewMs = 4_000;

/**
 * An agent whose Lease has not changed for this long is not known to live, in milliseconds: one renewal may fail, and be tried again,
 * before that. What is shown of it is corrected within 15 s, so that there is time left for saying it.
 */
export const agentLeaseDurationMs = 10_000;

/** On the Leases of agents, so that a watch brings no others. */
export const agentLeaseLabels: Readonly<Record<string, string>> = { 'openelb.io/heartbeat': 'agent' };

export const agentLeaseSelector = Object.entries(agentLeaseLabels)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

/** What the name of an object can have, in characters. */
const longestName = 253;
const prefix = 'agent.';

/** The name of a node's Lease. */
export function agentLeaseName(node: string): string {
  const name = `${prefix}${node}`;
  if (name.length <= longestName) return name;
  const mark = `.${hashText(node).toString(36)}`;
  return `${name.slice(0, longestName - mark.length)}${mark}`;
}

/** Annotation on an agent's Lease: its node. `spec.holderIdentity` names it, too, until the agent has ended of its own accord. */
export const agentLeaseNode = 'openelb.io/node';

/** Annotation on an agent's Lease: the subnets that its node is in, and where its default routes go. */
export const agentLeaseNetwork = 'openelb.io/network';

export interface AgentNetwork {
  /** The node's own addresses in subnets, each with the length of the subnet's prefix. */
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
  readonly gateways: readonly IpAddress[];
}

/** What an agent says at most, and what is believed of it. */
const most = { addresses: 64, gateways: 16, characters: 8192 };

/** The value of the annotation. */
export function formatNetwork({ addresses, gateways }: AgentNetwork): string {
  return JSON.stringify({
    addresses: addresses
      .slice(0, most.addresses)
      .map(({ address, prefixLength }) => `${formatIp(address)}/${prefixLength}`),
    gateways: gateways.slice(0, most.gateways).map(formatIp),
  });
}

/** Reads the annotation; what is no address, or too much, is left out. */
export function parseNetwork(text: string | undefined): AgentNetwork {
  if (text === undefined || text.length > most.characters) return { addresses: [], gateways: [] };
  let said: { readonly addresses?: unknown; readonly gateways?: unknown } | null;
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    said = null;
  }
  return {
    addresses: texts(said?.addresses, most.addresses).flatMap(subnetOf),
    gateways: texts(said?.gateways, most.gateways).flatMap((each) => parseIp(each) ?? []),
  };
}

/** An address with the length of its prefix, like 192.0.2.1/24; nothing for any other text. */
export function subnetOf(text: string): AgentNetwork['addresses'] {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIp(base);
  const prefixLength = Number(length);
  return address === undefined || prefixLength > addressBits(address.family) ? [] : [{ address, prefixLength }];
}

function texts(list: unknown, limit: number): readonly string[] {
  return Array.isArray(list) ? list.slice(0, limit).filter((each) => typeof each === 'string') : [];
}
