import { writeFile } from 'node:fs/promises';
import type { Host } from './host.js';
import type { Process } from './process.js';

/** One VRRP instance as keepalived knows it; `nopreempt`, and BACKUP at start, as this product's routers are. */
export interface KeepalivedInstance {
  readonly virtualRouterId: number;
  /** 1..254 */
  readonly priority: number;
  /** Seconds; keepalived takes fractions down to 0.01 with version 3. */
  readonly interval: number;
  readonly addresses: readonly string[];
  readonly version?: 2 | 3;
  readonly preempt?: boolean;
  /** Peers' addresses: unicast instead of multicast. */
  readonly peers?: readonly string[];
  readonly checksumAsVersion2?: boolean;
  readonly virtualMac?: boolean;
}

/** Starts keepalived (VRRP only, in the foreground) on a host; it holds what it wins on eth0. Ends by SIGTERM. */
export async function startKeepalived(
  host: Host,
  folder: string,
  instances: readonly KeepalivedInstance[],
): Promise<Process> {
  const base = `${folder}/keepalived-${host.name}`;
  await writeFile(`${base}.conf`, keepalivedConfiguration(host, instances));
  return host.start('keepalived', 'keepalived', [
    ...['--dont-fork', '--log-console', '--vrrp', '--use-file', `${base}.conf`],
    ...['--pid', `${base}.pid`, '--vrrp_pid', `${base}.vrrp.pid`],
  ]);
}

export function keepalivedConfiguration(host: Host, instances: readonly KeepalivedInstance[]): string {
  return ['global_defs {', `  router_id ${host.name}`, '}', ...instances.map((instance) => block(host, instance))].join(
    '\n',
  );
}

function block(host: Host, instance: KeepalivedInstance): string {
  const v6 = instance.addresses[0]?.includes(':') ?? false;
  const lines = [
    'state BACKUP',
    'interface eth0',
    `virtual_router_id ${instance.virtualRouterId}`,
    `priority ${instance.priority}`,
    `advert_int ${instance.interval}`,
    `version ${instance.version ?? 3}`,
    ...(instance.preempt ? [] : ['nopreempt']),
    ...(instance.virtualMac ? ['use_vmac', 'vmac_xmit_base'] : []),
    ...(instance.checksumAsVersion2 ? ['v3_checksum_as_v2'] : []),
    ...(instance.peers
      ? [`unicast_src_ip ${host.address}`, 'unicast_peer {', ...instance.peers.map((peer) => `  ${peer}`), '}']
      : []),
    'virtual_ipaddress {',
    ...instance.addresses.map((address) => `  ${address}/${v6 ? 128 : 32} dev eth0`),
    '}',
  ];
  return [
    `vrrp_instance v${v6 ? 6 : 4}_${instance.virtualRouterId} {`,
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
}
