/** The tables that `openelb-vip status` prints. */
import type { EngineReport } from '../agent/engine/messages.js';
import type { VipGroup } from '../api/vip-group.js';

/** One line for each VipGroup, by name. `now` is in milliseconds since 1970. */
export function clusterTable(groups: readonly VipGroup[], now: number): string {
  if (groups.length === 0) return 'There are no VipGroups.\n';
  const rows = groups
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map(({ metadata, spec, status }) => [
      metadata.name,
      spec.protocol,
      String(spec.vrrp?.virtualRouterId ?? '-'),
      String(spec.addresses.length),
      status?.holder ?? '<none>',
      status?.since === undefined ? '-' : age(now - Date.parse(status.since)),
      spec.members.map((member) => memberText(member.node, status)).join(' '),
    ]);
  return table(['GROUP', 'PROTOCOL', 'VRID', 'ADDRESSES', 'HOLDER', 'SINCE', 'MEMBERS'], rows);
}

/** What an agent answers; without a report when its engine does not answer. */
export type AgentStatus = Partial<EngineReport> & {
  readonly node: string;
  /** `ok` while it is in touch with where its groups come from. */
  readonly source: string;
  /** That no group names its node. */
  readonly unnamed?: string;
  /** What is wrong with the engine. */
  readonly engine?: string;
};

/** One line for each group of one agent. */
export function agentTable(report: AgentStatus): string {
  const rows = (report.members ?? []).map((member) => [
    member.group,
    member.state,
    String(member.priority),
    member.interface ?? '-',
    member.address ?? '-',
    member.held.join(',') || '-',
    member.message ?? '',
  ]);
  const head = `node ${report.node}, source ${report.source}\n`;
  if (report.engine !== undefined) return `${head}${sentence(report.engine)}: what it holds is not known.\n`;
  if (rows.length === 0) return `${head}${sentence(report.unnamed ?? 'no group has this node as a member')}.\n`;
  return head + table(['GROUP', 'STATE', 'PRIORITY', 'INTERFACE', 'SOURCE', 'HOLDS', 'MESSAGE'], rows);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function memberText(node: string, status: VipGroup['status']): string {
  const member = status?.members?.find((each) => each.node === node);
  const message = member?.message === undefined ? '' : ` (${member.message})`;
  return `${node}:${member?.state ?? 'unknown'}${message}`;
}

/** As kubectl: the two largest units, or one. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}
