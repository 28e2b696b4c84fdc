/** The checks of a node that ask for nothing but what stands there: pure. */
import { findingsOf } from '../../agent/surroundings/findings.js';
import { type Check, type Finding, fine } from '../finding.js';
import type { NodeFacts } from './facts.js';

/** Whether there is an agent, whether it does what it is for, and whether it is of this version. */
const agent: Check<NodeFacts> = ({ node, agent: status, readiness, version }) => {
  if (status === undefined)
    return [
      {
        check: 'agent',
        severity: 'problem',
        where: node,
        what: 'no agent answers on this host',
        remedy:
          'start one (kubectl -n openelb-system get pods -o wide; without Kubernetes: openelb-vip agent --manifests DIR), or name its node with --node-name',
      },
    ];
  const findings: Finding[] = [];
  if (readiness?.ready === false)
    findings.push({
      check: 'agent',
      severity: 'problem',
      where: node,
      what: `it is not ready: ${readiness.text}`,
      remedy: 'docs/health.md says what each reason means',
    });
  else if (status.source !== 'ok')
    findings.push({
      check: 'agent',
      severity: 'warning',
      where: node,
      what: `what it goes by may be old: ${status.source}`,
      remedy:
        'addresses go on; see that the API server can be reached from this node, and that the agent has its rights',
    });
  if (status.version !== version)
    findings.push({
      check: 'versions',
      severity: 'warning',
      where: node,
      what: `the agent is of version ${status.version ?? 'unknown'}, this program of ${version}`,
      remedy: 'upgrade the older one: docs/versions.md says what may run beside what',
    });
  const idle = (status.members ?? []).filter(({ state }) => state === 'Initialize');
  for (const { group, message } of idle)
    findings.push({
      check: 'agent',
      severity: 'warning',
      where: `group ${group}`,
      what: `this node takes no part: ${message ?? 'the agent does not say why'}`,
      remedy: 'docs/troubleshooting.md has each reason with what to do',
    });
  return findings.length > 0 ? findings : [fine('agent', node, `answers, with ${status.members?.length ?? 0} groups`)];
};

const scheduling: Check<NodeFacts> = ({ node, agent: status }) => {
  const found = status?.scheduling;
  if (found === undefined) return [];
  if (found.policy === 'SCHED_RR') return [fine('real-time scheduling', node, 'the engine has it')];
  return [
    {
      check: 'real-time scheduling',
      severity: 'warning',
      where: node,
      what: `the engine has no real-time priority (${found.reason}): a busy node may be taken for dead`,
      remedy:
        'give the agent the capability SYS_NICE, and where cgroups share out real-time processor time, some of it (cpu.rt_runtime_us)',
    },
  ];
};

const privileges: Check<NodeFacts> = ({ node, missingCapabilities, untried }) =>
  missingCapabilities === undefined
    ? untried === undefined
      ? []
      : [
          {
            check: 'tries',
            severity: 'unknown',
            where: node,
            what: untried,
            remedy: 'run it again once that is mended',
          },
        ]
    : [
        {
          check: 'tries',
          severity: 'unknown',
          where: node,
          what: 'nothing could be sent: this process lacks NET_RAW or NET_ADMIN',
          remedy: 'run the doctor as root, or in the agent’s Pod (kubectl exec)',
        },
      ];

/** ARP, strictARP, addresses on the wrong NIC: as the agent itself looks for it, but of all groups at once. */
const surroundings: Check<NodeFacts> = ({ agent: status, groups, network }) => {
  const seen = new Map<string, Finding>();
  let looked = 0;
  for (const { metadata, spec } of groups) {
    const report = status?.members?.find(({ group }) => group === metadata.name);
    if (report?.interface === undefined || spec.protocol === 'bgp') continue;
    looked += 1;
    const neighborhood = {
      protocol: spec.protocol,
      interface: report.interface,
      addresses: spec.addresses,
      virtualMac: spec.vrrp?.virtualMac === true,
      leads: report.state === 'Active',
    };
    for (const { type, reason, message } of findingsOf(neighborhood, network)) {
      const [what, ...remedy] = message.split(/: (?=take|set|if|ip link|leave|give|put|let|move|make)/);
      seen.set(message, {
        check:
          reason === 'StrictArpOff' ? 'strictARP' : type === 'OutsideSubnet' ? 'subnets' : 'arp_ignore and addresses',
        severity: type === 'KernelSilent' || type === 'KernelAnswers' ? 'problem' : 'warning',
        where: `group ${metadata.name}`,
        what: what!,
        remedy: remedy.length === 0 ? `docs/troubleshooting.md, ${reason}` : remedy.join(': '),
      });
    }
  }
  if (seen.size > 0) return [...seen.values()];
  return looked === 0 ? [] : [fine('arp_ignore and addresses', '', `nothing is in the way of ${looked} groups`)];
};

/** Strict reverse path filtering drops what comes in by another NIC than answers would leave by. */
const reversePath: Check<NodeFacts> = ({ reversePathFilters, defaultNics, node }) => {
  const strict = [...reversePathFilters].filter(([nic, value]) => value === 1 && !defaultNics.includes(nic));
  if (strict.length === 0)
    return reversePathFilters.size === 0 ? [] : [fine('rp_filter', node, 'drops nothing that clients send')];
  return strict.map(([nic]) => ({
    check: 'rp_filter',
    severity: defaultNics.length === 0 ? ('warning' as const) : ('problem' as const),
    where: nic,
    what: `it is strict, and ${nic} has no default route: packets of clients beyond its subnets are dropped there`,
    remedy: `sysctl -w net.ipv4.conf.${nic}.rp_filter=2, and net.ipv4.conf.all.rp_filter other than 1`,
  }));
};

const rivals: Check<NodeFacts> = ({ programs, node }) =>
  programs.length === 0
    ? [fine('other load balancers', node, 'none runs on this node')]
    : programs.map((program) => ({
        check: 'other load balancers',
        severity: 'warning',
        where: node,
        what: `${program} runs here: where it has the same addresses or virtual router IDs, both answer`,
        remedy: 'let it have others, or stop it: docs/migrating says how',
      }));

/** A change that has waited for so long was forgotten, in milliseconds: kube-proxy syncs each 30 s at least, and at once where it can. */
const mostWaitMs = 60_000;

const kubeProxy: Check<NodeFacts> = ({ kubeProxy: found, node, groups }) => {
  if (found === undefined) return [];
  const { mode, syncedAgoMs, waitingMs } = found;
  if (waitingMs !== undefined && waitingMs > mostWaitMs)
    return [
      {
        check: 'kube-proxy',
        severity: 'problem',
        where: node,
        what: `a change waits for ${Math.round(waitingMs / 1000)} s: addresses of new Services lead nowhere on this node`,
        remedy: 'look into its log and restart it',
      },
    ];
  const ago =
    syncedAgoMs === undefined
      ? 'when it synced last it does not say'
      : `synced ${Math.round(syncedAgoMs / 1000)} s ago`;
  const needs =
    groups.some(({ spec }) => spec.protocol === 'vip') && mode === 'ipvs'
      ? '; in this mode strictARP has to be true'
      : '';
  return [fine('kube-proxy', node, `mode ${mode ?? 'unknown'}, ${ago}${needs}`)];
};

export const standingChecks: readonly Check<NodeFacts>[] = [
  agent,
  privileges,
  scheduling,
  surroundings,
  reversePath,
  kubeProxy,
  rivals,
];
