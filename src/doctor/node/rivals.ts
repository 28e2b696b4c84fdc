/** Programs that make addresses answer as we do: pure. */

/** By the name of the executable. */
const known: Readonly<Record<string, string>> = {
  keepalived: 'keepalived',
  'kube-vip': 'kube-vip',
  ucarp: 'ucarp',
  vrrpd: 'FRR’s vrrpd',
  corosync: 'corosync (a Pacemaker cluster)',
  speaker: 'MetalLB’s speaker',
  lbnodeagent: 'PureLB',
  'openelb-speaker': 'OpenELB',
};

/** Each once, in the order of their names. @param processes names of executables */
export function rivalPrograms(processes: readonly string[]): readonly string[] {
  const found = processes.flatMap((name) => (Object.hasOwn(known, name) ? [known[name]!] : []));
  return [...new Set(found)].sort();
}
