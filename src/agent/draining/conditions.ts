/** Whether connections can be kept at all on this node: segments are told apart by conntrack, which has to be what translates Services. */
import type { TableFamily } from '../../platform/linux/nftables/message.js';
import type { Nftables } from '../../platform/linux/nftables/nftables.js';

export type Conditions =
  | {
      readonly ok: true;
      /** nf_conntrack_tcp_loose */
      readonly loose: boolean;
      /** Those for which something translates. */
      readonly families: ReadonlySet<TableFamily>;
    }
  | {
      readonly ok: false;
      readonly reason: 'EbpfDataPath' | 'NoConntrack' | 'NoTranslation';
      readonly message: string;
    };

/** What of the node is read. Texts of files are empty where there is none, and need not be more than the first 4096 bytes. */
export interface NodeView {
  read(path: string): string;
  hasInterface(name: string): boolean;
  readonly nftables: Pick<Nftables, 'hasChain'>;
}

/** Chains by which kube-proxy is known: by iptables over nf_tables, and by nf_tables itself. */
const chains = [
  ['nat', 'KUBE-SERVICES'],
  ['kube-proxy', 'services'],
] as const;

/** What helps wherever they cannot be kept. */
export const switchOff = 'set vrrp.drainConnections to 0s';

export function conditionsOf(node: NodeView): Conditions {
  if (node.hasInterface('bpfin.cali'))
    return refusal(
      'EbpfDataPath',
      "Calico's eBPF data path translates Services before the kernel knows of connections: switch it off (bpfEnabled), or " +
        switchOff,
    );
  // A connection that conntrack is not told of would be handed on for ever, also one that has just begun here.
  if (hasIpvs(node) && node.read('/proc/sys/net/ipv4/vs/conntrack').trim() !== '1')
    return refusal(
      'NoConntrack',
      `IPVS tells the kernel nothing of its connections: set net.ipv4.vs.conntrack=1, as kube-proxy does, or ${switchOff}`,
    );
  const families = new Set((['ip', 'ip6'] as const).filter((family) => translates(node, family)));
  const loose = node.read('/proc/sys/net/netfilter/nf_conntrack_tcp_loose').trim();
  if (families.size > 0 && loose === '')
    return refusal('NoConntrack', `the kernel keeps no connections: load its module nf_conntrack, or ${switchOff}`);
  if (families.size > 0) return { ok: true, loose: loose !== '0', families };
  return node.hasInterface('cilium_host')
    ? refusal(
        'EbpfDataPath',
        `Cilium's eBPF data path translates Services before the kernel knows of connections: run it beside kube-proxy (kubeProxyReplacement: false), or ${switchOff}`,
      )
    : refusal('NoTranslation', `kube-proxy has no rules here: have it run on this node, or ${switchOff}`);
}

function refusal(reason: Exclude<Conditions, { ok: true }>['reason'], message: string): Conditions {
  return { ok: false, reason, message };
}

function translates(node: NodeView, family: TableFamily): boolean {
  const { read, nftables } = node;
  if (chains.some(([table, chain]) => nftables.hasChain({ family, table }, chain))) return true;
  if (read(`/proc/self/net/${family}_tables_names`).split('\n').includes('nat')) return true; // the old iptables
  return hasIpvs(node);
}

function hasIpvs({ read }: NodeView): boolean {
  return read('/proc/self/net/ip_vs').split('\n').length > 4; // three lines are its heading
}
