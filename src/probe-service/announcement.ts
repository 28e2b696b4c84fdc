/** What the API server says of a Service that is about to answer: its addresses and who announces each, or what is missing. */
import type { VipGroup } from '../api/vip-group.js';

/** The parts of a Service that are read here, as far as they are there: any JSON. */
export interface ServiceView {
  readonly spec?: { readonly ports?: readonly { readonly port?: number }[] | null } | null;
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] | null } | null;
    readonly conditions?:
      | readonly {
          readonly type?: string;
          readonly status?: string;
          readonly reason?: string;
          readonly message?: string;
        }[]
      | null;
  } | null;
}

export interface Announcement {
  readonly address: string;
  /** The nodes that answer for the address or tell routers of it; with VRRP one. */
  readonly nodes: readonly string[];
  readonly group: string;
}

export type Announced = { readonly announcements: readonly Announcement[] } | { readonly missing: string };

/** The TCP port that is asked: the first. Undefined: it has none that could be. */
export function firstPort(service: ServiceView): number | undefined {
  return service.spec?.ports?.[0]?.port;
}

/** `missing` is one sentence for people: what the Service waits for, with what the controller or an agent says of it. */
export function announced(service: ServiceView | undefined, groups: readonly VipGroup[]): Announced {
  if (service === undefined) return { missing: 'there is no such Service' };
  const addresses = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  if (addresses.length === 0) return { missing: `it has no address${reasonOf(service)}` };
  const announcements: Announcement[] = [];
  for (const address of addresses) {
    const group = groups.find(({ spec }) => spec.addresses.includes(address));
    if (group === undefined) return { missing: `no VipGroup has ${address}: kubectl get vipgroups lists them` };
    const { name } = group.metadata;
    const held = group.status?.notHeld?.find((each) => each.address === address);
    if (held !== undefined)
      return {
        missing: `nobody answers for ${address} (VipGroup ${name}): ${held.reason} ${held.message ?? ''}`.trim(),
      };
    const nodes = announcersOf(group, address);
    if (nodes.length === 0)
      return {
        missing: `nobody announces ${address}: kubectl describe vipgroup ${name} says what its members wait for`,
      };
    announcements.push({ address, nodes, group: name });
  }
  return { announcements };
}

function announcersOf({ spec, status }: VipGroup, address: string): readonly string[] {
  if (spec.protocol !== 'bgp') return status?.holder === undefined ? [] : [status.holder];
  const among = spec.onlyOn?.[address];
  const announcing = (status?.members ?? []).filter(({ state }) => state === 'Announcing').map(({ node }) => node);
  return among === undefined ? announcing : announcing.filter((node) => among.includes(node));
}

function reasonOf({ status }: ServiceView): string {
  const waits = (status?.conditions ?? []).find((each) => each.status === 'False' && each.message !== undefined);
  if (waits === undefined) return ', and no controller has said why';
  return `: ${[waits.reason, waits.message].filter(Boolean).join(': ')}`;
}
