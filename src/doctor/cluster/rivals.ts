/** Other load balancers in a cluster, by their workloads: pure. */
import type { Check, Finding } from '../finding.js';
import type { ClusterFacts, Workload } from './facts.js';

interface Rival {
  readonly name: string;
  readonly is: (workload: Workload, image: string) => boolean;
  readonly remedy: string;
}

const beside = 'give each pools of its own, and Services to one of them (loadBalancerClass)';

/** Images by their names without a registry's host, since they are mirrored. */
const rivals: readonly Rival[] = [
  {
    name: 'MetalLB',
    is: (_, image) => /metallb[-/](speaker|controller)$/.test(image),
    remedy: 'openelb-vip doctor --migrate metallb says what becomes of its Services',
  },
  {
    name: 'kube-vip',
    is: (_, image) => /(^|\/)kube-vip(-iptables|-cloud-provider)?$/.test(image),
    remedy: `${beside}: docs/migrating/kube-vip.md`,
  },
  {
    name: 'ServiceLB of k3s',
    is: ({ name, kind }, image) => (kind === 'DaemonSet' && /\/svclb-/.test(name)) || /klipper-lb$/.test(image),
    remedy: 'it opens the ports of each Service on every node: start k3s with --disable=servicelb',
  },
  {
    name: 'PureLB',
    is: (_, image) => /purelb\/(lbnodeagent|allocator)$/.test(image),
    remedy: `${beside}: docs/migrating/purelb.md`,
  },
  {
    name: 'OpenELB',
    is: (_, image) => /(^|\/)openelb(-controller|-speaker)?$/.test(image) && /kubesphere/.test(image),
    remedy: 'both act on the same Eips: docs/migrating/openelb.md',
  },
  {
    name: 'keepalived',
    is: (_, image) => /keepalived/.test(image),
    remedy: 'give it other virtual router IDs (--reserved-vrids) and addresses',
  },
];

export const rivalsInCluster: Check<ClusterFacts> = ({ workloads, ciliumPolicies }) => {
  const check = 'other load balancers';
  if (!workloads.ok)
    return [
      {
        check,
        severity: 'unknown',
        where: '',
        what: workloads.text,
        remedy: 'ask somebody who may list DaemonSets and Deployments',
      },
    ];
  const found = workloads.items.flatMap((workload): Finding[] => {
    const images = workload.images.map((image) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, ''));
    const rival = rivals.find(({ is }) => images.some((image) => is(workload, image)));
    if (rival === undefined) return [];
    const where = `${workload.kind} ${workload.name}`;
    return [{ check, severity: 'warning', where, what: `${rival.name} is at work`, remedy: rival.remedy }];
  });
  const cilium = ciliumPolicies.ok ? ciliumPolicies.items : [];
  if (cilium.length > 0)
    found.push({
      check,
      severity: 'warning',
      where: `CiliumL2AnnouncementPolicy ${cilium.slice(0, 3).join(', ')}`,
      what: 'Cilium announces addresses of Services on LANs, ours too where a policy selects them',
      remedy: 'have its policies select only Services of its own: docs/migrating/cilium.md',
    });
  return found.length > 0 ? found : [{ check, severity: 'fine', where: '', what: 'none is at work' }];
};
