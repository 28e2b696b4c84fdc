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

/**
 * @param o.group the group of that name that this node takes part in
 * @param o.found the findings about a group, whenever they change; none when all is well again
 */
export function watchSurroundings(o: {
  readonly group: (name: string) => VipGroup | undefined;
  readonly found: (group: string, findings: readonly Finding[]) => void;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** A look went wrong; there will be others. */
  readonly failed: (error: unknown) => void;
  readonly read?: () => LocalNetwork;
  readonly everyMs?: number;
}): SurroundingsWatch {
  const reports = new Map<string, MemberReport>();
  const told = new Map<string, string>();
  /** The messages of what the last look found about a group, unless the engine has reported of it since. */
  const seen = new Map<string, ReadonlySet<string>>();
  /** What the log has already; findings of many groups are often the same. */
  let logged = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let soon = false;
  let doubtful = false;

  function look(): void {
    soon = false;
    doubtful = false;
    const current = new Set<string>();
    let network: LocalNetwork | undefined;
    for (const [name, report] of reports) {
      const spec = o.group(name)?.spec;
      if (spec === undefined || spec.protocol === 'bgp' || report.interface === undefined) {
        forget(name);
        continue;
      }
      network ??= (o.read ?? readLocalNetwork)();
      const leads = report.state === 'Active';
      const { protocol, addresses, vrrp } = spec;
      const virtualMac = vrrp?.virtualMac === true;
      const group = { protocol, interface: report.interface, addresses, virtualMac, leads };
      const findings = confirmed(name, findingsOf(group, network));
      for (const finding of findings) {
        if (!logged.has(finding.message) && !current.has(finding.message))
          o.log.warn(titles[finding.type], { group: name, explanation: finding.message });
        current.add(finding.message);
      }
      tell(name, findings);
    }
    for (const message of logged)
      if (!current.has(message)) o.log.info('no longer in the way', { explanation: message });
    logged = current;
  }

  function lookOnce(): void {
    try {
      look();
    } catch (error) {
      o.failed(error);
    }
    if (reports.size > 0) lookIn(doubtful ? soonIn() : (o.everyMs ?? everyMs));
  }

  const soonIn = () => Math.min(soonMs, o.everyMs ?? everyMs);

  /**
   * Those that are told already, or that two looks have found. The engine gives addresses up and takes them before its report of that is
   * here, and this thread may be slow: what one look finds may be its doing.
   */
  function confirmed(name: string, found: readonly NetworkFinding[]): readonly NetworkFinding[] {
    const before = seen.get(name);
    seen.set(name, new Set(found.map(({ message }) => message)));
    const sure = found.filter(
      ({ message }) => before?.has(message) || told.get(name)?.includes(JSON.stringify(message)),
    );
    doubtful ||= sure.length < found.length;
    return sure;
  }

  function forget(name: string): void {
    reports.delete(name);
    seen.delete(name);
    tell(name, []);
  }

  function tell(name: string, findings: readonly Finding[]): void {
    const text = JSON.stringify(findings);
    if ((told.get(name) ?? '[]') === text) return;
    if (findings.length === 0) told.delete(name);
    else told.set(name, text);
    o.found(name, findings);
  }

  function lookIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(lookOnce, ms).unref();
  }

  return {
    report(report) {
      reports.set(report.group, report);
      seen.delete(report.group);
      if (!soon) lookIn(soonIn());
      soon = true;
    },
    forget,
    stop: () => clearTimeout(timer),
  };
}

const titles: Readonly<Record<NetworkFinding['type'], string>> = {
  KernelAnswers: 'the kernel answers for addresses of a group, whoever leads',
  KernelSilent: 'the kernel does not answer for addresses of a group that this node leads',
  OutsideSubnet: 'addresses outside the subnets of the interface',
};
