import type { Host } from './host.js';
import type { Pod } from './pod.js';

/**
 * Translates a port of addresses to Pods, as kube-proxy does by nf_tables for `externalTrafficPolicy: Cluster`: a new connection goes to the
 * Pods in turn, and what leaves for another node goes out under this node's address.
 */
export async function translate(
  node: Host,
  addresses: readonly string[],
  port: { readonly outside: number; readonly inside: number },
  pods: readonly Pod[],
): Promise<void> {
  const targets = (of: (pod: Pod) => string) => pods.map((pod, at) => `${at} : ${of(pod)}`).join(', ');
  const turn = `numgen inc mod ${pods.length} map`;
  const rules = (family: 'ip' | 'ip6', of: (pod: Pod) => string, source: string) =>
    `
table ${family} kube-proxy {
  chain services {
${addresses
  .filter((address) => address.includes(':') === (family === 'ip6'))
  .map(
    (a) =>
      `    ${family} daddr ${a} tcp dport ${port.outside} meta mark set 0x4000 dnat to ${turn} { ${targets(of)} }:${port.inside}`,
  )
  .join('\n')}
  }
  chain prerouting { type nat hook prerouting priority dstnat; jump services; }
  chain postrouting { type nat hook postrouting priority srcnat; meta mark 0x4000 oifname eth0 snat to ${source}; }
  chain forwarding { type filter hook forward priority filter; ct state invalid drop; }
}
`
      .replace(/; (jump|meta|ct)/g, '\n    $1')
      .replace(/; \}/g, '\n  }');
  await node.run('nft', ['-f', '-'], { input: rules('ip', (pod) => pod.address, node.address) });
  await node.run('nft', ['-f', '-'], { input: rules('ip6', (pod) => pod.address6, node.address6) });
}
