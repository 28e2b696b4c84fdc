/** How sessions and groups stand on this node, for statuses, metrics and people: pure. */
import { parseIp } from '../../core/ip/address.js';
import type { PeerReport } from '../engine/routing/contract.js';
import type { MemberNote } from '../status/member-notes.js';
import type { Standing } from './group-standing.js';
import type { LocalSpeaker } from './local-speaker.js';
import type { Plan, PlannedPeer } from './plan.js';
import { tellsOf } from './policy.js';
import type { PeerProblem } from './problem.js';

/** A BgpPeer that concerns this node. */
export interface PeerView {
  readonly name: string;
  readonly local: LocalSpeaker | undefined;
  readonly planned: PlannedPeer;
  /** Undefined while there is no session, or none that anything was heard of. */
  readonly report: PeerReport | undefined;
  readonly problem: PeerProblem | undefined;
}

/** @param listener why no connections of routers are taken, which is a problem of those sessions that wait for one */
export function peerViews(
  plan: Plan | undefined,
  reports: ReadonlyMap<string, PeerReport>,
  listener?: PeerProblem,
): readonly PeerView[] {
  return [...(plan?.peers ?? [])].map(([name, planned]) => {
    const report = planned.settings === undefined ? undefined : reports.get(name);
    const waits = planned.settings?.session.passive === true && report?.state !== 'Established';
    const problem = planned.problem ?? (waits ? listener : undefined) ?? report?.problem;
    return { name, local: plan?.local, planned, report, problem };
  });
}

/** This node's part in a group of protocol `bgp`. */
export interface GroupView {
  readonly state: 'Announcing' | 'Idle' | 'Draining';
  /** How many routers were told its addresses, of how many that are to be. */
  readonly routers: number;
  readonly routersWanted: number;
  /** Why it is not as it should be, and what else is to be said of it. */
  readonly message: string | undefined;
  readonly note?: MemberNote;
}

/** @param connections what is to be said of them: to whom they are handed, why they are not kept */
export function groupView(
  { group, announced, going }: Standing,
  peers: readonly PeerView[],
  { note, notKept }: { readonly note?: MemberNote | undefined; readonly notKept?: string | undefined } = {},
): GroupView {
  const { eip, eipLabels, addresses, ipFamily } = group.spec;
  const family = parseIp(addresses[0] ?? '')?.family ?? (ipFamily === 'IPv6' ? 6 : 4);
  const wanted = peers.filter(
    ({ planned: { policy, settings } }) =>
      tellsOf(policy, { eip, eipLabels }) && (settings?.session.families.includes(family) ?? true),
  );
  const told = wanted.filter(
    ({ report }) => report?.state === 'Established' && report.negotiated?.families.includes(family),
  );
  const isGoing = announced.length === 0 && going.size > 0;
  const state = isGoing ? 'Draining' : told.length > 0 && announced.length > 0 ? 'Announcing' : 'Idle';
  return {
    state,
    routers: told.length,
    routersWanted: wanted.length,
    message: [messageOf(told, wanted, family), note?.text, notKept].filter(Boolean).join('; ') || undefined,
    ...(note && { note }),
  };
}

function messageOf(told: readonly PeerView[], wanted: readonly PeerView[], family: number): string | undefined {
  if (wanted.length === 0)
    return `no BgpPeer of this node announces these IPv${family} addresses: make one, or look at spec.advertise, spec.afiSafis and spec.nodeSelector of those there are`;
  const missing = wanted.filter((each) => !told.includes(each));
  if (missing.length === 0) return undefined;
  const texts = missing.slice(0, 4).map(({ name, report, problem }) => {
    if (problem !== undefined) return `${name}: ${problem.reason}`;
    return report?.state === 'Established'
      ? `${name}: does not take IPv${family}`
      : `${name}: ${report?.state ?? 'Idle'}`;
  });
  return `not told: ${texts.join(', ')}${missing.length > texts.length ? ` and ${missing.length - texts.length} more` : ''}`;
}
