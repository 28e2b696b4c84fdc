/** What is known of the node that the doctor runs on: gathered by `gather`, judged by the checks beside it. */
import type { AgentStatus } from '../../agent/status/agent-status.js';
import type { LocalNetwork } from '../../agent/surroundings/local-network.js';
import type { VipGroup } from '../../api/vip-group.js';

export interface NodeFacts {
  readonly node: string;
  /** Of this program. */
  readonly version: string;
  /** What its agent says; undefined where there is none. */
  readonly agent: AgentStatus | undefined;
  /** Whether the agent is ready, in its own words; undefined where it cannot be asked. */
  readonly readiness: { readonly ready: boolean; readonly text: string } | undefined;
  /** What this process may not do that the tries need; undefined: nothing. */
  readonly missingCapabilities: string | undefined;
  /** The groups that the agent goes by. */
  readonly groups: readonly VipGroup[];
  readonly network: Pick<LocalNetwork, 'ipv4' | 'interfaces' | 'subnets' | 'hasInterface' | 'hasArpOff' | 'setting'>;
  /** The NICs with a default route. */
  readonly defaultNics: readonly string[];
  /** What net.ipv4.conf.*.rp_filter comes to, by NIC of the groups. */
  readonly reversePathFilters: ReadonlyMap<string, number>;
  /** Names of running programs that may have addresses of ours as well. */
  readonly programs: readonly string[];
  /** What kube-proxy says of itself; undefined where none answers. */
  readonly kubeProxy: KubeProxy | undefined;
  readonly tries: readonly NicTries[];
  /** Why nothing could be tried; undefined: it was. */
  readonly untried: string | undefined;
}

export interface KubeProxy {
  readonly mode: string | undefined;
  /** How long ago it synced last, and how long a change has waited since then, by its own clock; in milliseconds. */
  readonly syncedAgoMs: number | undefined;
  readonly waitingMs: number | undefined;
}

/** What was tried on a NIC that groups are on. */
export interface NicTries {
  readonly nic: string;
  /** How long was listened, in milliseconds. */
  readonly listenedMs: number;
  readonly adverts: readonly HeardAdvert[];
  readonly members: readonly MemberTry[];
  /** Whether neighbours answer a MAC that is not the NIC's, and the NIC's own; undefined: nobody could be asked. */
  readonly virtualMac: { readonly asked: string; readonly own: boolean; readonly foreign: boolean } | undefined;
  /** Hosts that answer for addresses which this node holds, or which nobody is to hold. */
  readonly claims: readonly { readonly address: string; readonly mac: string }[];
}

export interface HeardAdvert {
  readonly virtualRouterId: number;
  readonly source: string;
  readonly priority: number;
}

export interface MemberTry {
  readonly node: string;
  readonly address: string;
  /** How many questions were sent by unicast (Seamless BFD), and answered by its agent. */
  readonly asked: number;
  readonly answered: number;
  /** How many adverts were sent to the group of VRRP, and how many its agent counted; undefined: it could not be asked. */
  readonly sent: number;
  readonly counted: number | undefined;
}
