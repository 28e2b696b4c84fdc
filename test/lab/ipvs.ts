import type { Host } from './host.js';
import type { Pod } from './pod.js';

/**
 * Translates a port of addresses to Pods by IPVS, as kube-proxy does in that mode, with `strictARP`, for `externalTrafficPolicy: Cluster`. Every
 * node has the addresses, on a link that is down; what comes for them goes out under this node's address.
 */
export async function translateByIpvs(
  node: Host,
  addresses: readonly string[],
  port: { readonly outside: number; readonly inside: number },
  pods: readonly Pod[],
): Promise<void> {
  await node.run('ip', ['link', 'add', 'kube-ipvs0', 'type', 'dummy']);
  for (const address of addresses) {
    const isSix = address.includes(':');
    await node.run('ip', [
      'address',
      'add',
      `${address}/${isSix ? 128 : 32}`,
      'dev',
      'kube-ipvs0',
      ...(isSix ? ['nodad'] : []),
    ]);
  }
  const services = addresses.flatMap((address) => {
    const service = `-t ${ending(address, port.outside)}`;
    const servers = pods.map((pod) => ending(address.includes(':') ? pod.address6 : pod.address, port.inside));
    return [`-A ${service} -s rr`, ...servers.map((server) => `-a ${service} -r ${server} -m -w 1`)];
  });
  await node.run('ipvsadm', ['-R'], { input: `${services.join('\n')}\n` });
  // What kube-proxy sets, as soon as the kernel has it.
  await node.run('sysctl', [
    '-qw',
    'net.ipv4.vs.conntrack=1',
    'net.ipv4.vs.conn_reuse_mode=0',
    'net.ipv4.vs.expire_nodest_conn=1',
    'net.ipv4.vs.expire_quiescent_template=1',
    'net.ipv4.conf.all.arp_ignore=1',
    'net.ipv4.conf.all.arp_announce=2',
  ]);
  await node.run('nft', ['-f', '-'], { input: masquerade('ip', addresses, port.outside) });
  await node.run('nft', ['-f', '-'], { input: masquerade('ip6', addresses, port.outside) });
}

function ending(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Its rules of iptables: what is for a Service is marked before IPVS has it, and what is marked is masqueraded behind it. */
function masquerade(family: 'ip' | 'ip6', addresses: readonly string[], port: number): string {
  const ofFamily = addresses.filter((address) => address.includes(':') === (family === 'ip6'));
  return `
table ${family} nat {
  chain KUBE-SERVICES {
    ${family} daddr { ${ofFamily.join(', ')} } tcp dport ${port} meta mark set meta mark | 0x4000 accept
  }
  chain PREROUTING {
    type nat hook prerouting priority dstnat
    jump KUBE-SERVICES
  }
  chain POSTROUTING {
    type nat hook postrouting priority srcnat
    meta mark & 0x4000 == 0x4000 meta mark set meta mark ^ 0x4000 masquerade fully-random
  }
}
`;
}
