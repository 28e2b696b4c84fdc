/** Looks now and then whether something on this node is in the way of groups, and says so when that changes. */
import type { VipGroup } from '../../api/vip-group.js';
import type { Logger } from '../../platform/observability/log.js';
import type { MemberReport } from '../engine/messages.js';
import { type Finding, findingsOf, type NetworkFinding } from './findings.js';
import { type LocalNetwork, readLocalNetwork } from './local-network.js';

/** How often is looked while there is a group, and how soon after something happened to one. */
const everyMs = 15_000;
const soonMs = 1_000;

export interface SurroundingsWatch {
  /** What the engine reports of a group: the place where to look, and a reason to look soon. */
  report(report: MemberReport): void;
  /** This node has no part in the group any more: should it have one again, everything is found anew. */
  forget(group: string): void;
  stop(): void;
}

/** What it goes by. */
interface Parts {
  /** The group of that name that this node takes part in. */
  readonly group: (name: string) => VipGroup | undefined;
  /** Takes the findings about a group, whenever they change; none when all is well again. */
  readonly found: (group: string, findings: readonly Finding[]) => void;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** A look went wrong; there will be others. */
  readonly failed: (error: unknown) => void;
  readonly read: () => LocalNetwork;
  readonly everyMs: number;
}

interface WatchState extends Parts {
  /** By group. */
  readonly reports: Map<string, MemberReport>;
  /** What was said last of a group, where that was something. */
  readonly told: Map<string, string>;
  /** The messages of what the last look found about a group, unless the engine has reported of it since. */
  readonly seen: Map<string, ReadonlySet<string>>;
  /** What the log has already; findings of many groups are often the same. */
  logged: ReadonlySet<string>;
  timer: NodeJS.Timeout | undefined;
  /** The next look is soon. */
  soon: boolean;
  /** The last look has found something that another is to confirm. */
  doubtful: boolean;
}

export function watchSurroundings(
  o: Omit<Parts, 'read' | 'everyMs'> & Partial<Pick<Parts, 'read' | 'everyMs'>>,
): SurroundingsWatch {
  const state: WatchState = {
    read: readLocalNetwork,
    everyMs,
    ...o,
    reports: new Map(),
    told: new Map(),
    seen: new Map(),
    logged: new Set(),
    timer: undefined,
    soon: false,
    doubtful: false,
  };
  return {
    report: (report) => hear(state, report),
    forget: (group) => forget(state, group),
    stop: () => clearTimeout(state.timer),
  };
}

function hear(state: WatchState, report: MemberReport): void {
  state.reports.set(report.group, report);
  state.seen.delete(report.group);
  if (!state.soon) lookIn(state, soonIn(state));
  state.soon = true;
}

function lookIn(state: WatchState, ms: number): void {
  clearTimeout(state.timer);
  state.timer = setTimeout(lookOnce, ms, state).unref();
}

function soonIn(state: WatchState): number {
  return Math.min(soonMs, state.everyMs);
}

function lookOnce(state: WatchState): void {
  try {
    look(state);
  } catch (error) {
    state.failed(error);
  }
  if (state.reports.size > 0) lookIn(state, state.doubtful ? soonIn(state) : state.everyMs);
}

function look(state: WatchState): void {
  const { reports, logged, log } = state;
  state.soon = false;
  state.doubtful = false;
  const current = new Set<string>();
  let network: LocalNetwork | undefined;
  for (const [name, report] of reports) {
    const spec = state.group(name)?.spec;
    if (spec === undefined || spec.protocol === 'bgp' || report.interface === undefined) {
      forget(state, name);
      continue;
    }
    network ??= state.read();
    const leads = report.state === 'Active';
    const { protocol, addresses, vrrp } = spec;
    const virtualMac = vrrp?.virtualMac === true;
    const group = { protocol, interface: report.interface, addresses, virtualMac, leads };
    const findings = confirmed(state, name, findingsOf(group, network));
    for (const finding of findings) {
      if (!logged.has(finding.message) && !current.has(finding.message))
        log.warn(titles[finding.type], { group: name, explanation: finding.message });
      current.add(finding.message);
    }
    tell(state, name, findings);
  }
  for (const message of logged) if (!current.has(message)) log.info('no longer in the way', { explanation: message });
  state.logged = current;
}

/**
 * Those that are told already, or that two looks have found. The engine gives addresses up and takes them before its report of that is
 * here, and this thread may be slow: what one look finds may be its doing.
 */
function confirmed(state: WatchState, name: string, found: readonly NetworkFinding[]): readonly NetworkFinding[] {
  const { seen, told } = state;
  const before = seen.get(name);
  seen.set(name, new Set(found.map(({ message }) => message)));
  const sure = found.filter(({ message }) => before?.has(message) || told.get(name)?.includes(JSON.stringify(message)));
  state.doubtful ||= sure.length < found.length;
  return sure;
}

function forget(state: WatchState, name: string): void {
  state.reports.delete(name);
  state.seen.delete(name);
  tell(state, name, []);
}

function tell({ told, found }: WatchState, name: string, findings: readonly Finding[]): void {
  const text = JSON.stringify(findings);
  if ((told.get(name) ?? '[]') === text) return;
  if (findings.length === 0) told.delete(name);
  else told.set(name, text);
  found(name, findings);
}

const titles: Readonly<Record<NetworkFinding['type'], string>> = {
  KernelAnswers: 'the kernel answers for addresses of a group, whoever leads',
  KernelSilent: 'the kernel does not answer for addresses of a group that this node leads',
  OutsideSubnet: 'addresses outside the subnets of the interface',
};
