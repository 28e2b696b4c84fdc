import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { eventually } from './eventually.js';
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
  /** Unicast instead of multicast: where adverts come from and go to, and their TTL if not what keepalived does of itself. */
  readonly unicast?: { readonly source: string; readonly peers: readonly string[]; readonly ttl?: number };
  /** The password of version 2's simple authentication. */
  readonly password?: string;
  readonly checksumAsVersion2?: boolean;
  /** Holds the addresses on a macvlan with the virtual router's MAC; adverts come from the NIC itself. */
  readonly virtualMac?: boolean;
  /** Its adverts come from the NIC's MAC all the same; it then hears none that come from the virtual one. */
  readonly advertsFromNic?: boolean;
}

/** keepalived's counters of one instance, such as `Advertisements.Received` or `Packet Errors.TTL`. */
export type KeepalivedStatistics = Readonly<Record<string, number>>;

/** The keepalived to run: `KEEPALIVED` names another than the installed one. */
const program = process.env.KEEPALIVED ?? 'keepalived';

/** Its version, such as `2.2.7`; undefined when there is no keepalived here. */
export async function keepalivedVersion(): Promise<string | undefined> {
  const { stderr, stdout } = await execa(program, ['--version'], { reject: false });
  return /Keepalived v([\d.]+)/.exec(`${stderr}${stdout}`)?.[1];
}

/** Starts keepalived (VRRP only, in the foreground) on a host; it holds what it wins on eth0. Ends by SIGTERM. */
export async function startKeepalived(
  host: Host,
  folder: string,
  instances: readonly KeepalivedInstance[],
): Promise<Process> {
  const base = `${folder}/keepalived-${host.name}`;
  await mkdir(base, { recursive: true });
  await writeFile(`${base}.conf`, keepalivedConfiguration(host, instances));
  return host.start(
    'keepalived',
    program,
    [
      ...['--dont-fork', '--log-console', '--vrrp', `--use-file=${base}.conf`],
      ...['--pid', `${base}.pid`, '--vrrp_pid', `${base}.vrrp.pid`],
    ],
    { TMPDIR: base },
  );
}

/** Asks a keepalived that `startKeepalived` started for its counters, by the name of the instance (`instanceName`). */
export async function keepalivedStatistics(
  host: Host,
  folder: string,
): Promise<Readonly<Record<string, KeepalivedStatistics>>> {
  const base = `${folder}/keepalived-${host.name}`;
  const file = `${base}/keepalived.stats`;
  await rm(file, { force: true });
  process.kill(Number(await readFile(`${base}.vrrp.pid`, 'utf8')), 'SIGUSR2');
  return eventually('the counters of keepalived', async () => {
    const text = await readFile(file, 'utf8');
    return /Priority Zero:\s+Received: \d+\s+Sent: \d+\s*$/.test(text) ? parseStatistics(text) : undefined;
  });
}

export function instanceName({ addresses, virtualRouterId }: KeepalivedInstance): string {
  return `v${isIpv6(addresses) ? 6 : 4}_${virtualRouterId}`;
}

export function keepalivedConfiguration(host: Host, instances: readonly KeepalivedInstance[]): string {
  return ['global_defs {', `  router_id ${host.name}`, '}', ...instances.map(block)].join('\n');
}

function block(instance: KeepalivedInstance): string {
  const { unicast, addresses } = instance;
  const length = isIpv6(addresses) ? 128 : 32;
  const lines = [
    'state BACKUP',
    'interface eth0',
    `virtual_router_id ${instance.virtualRouterId}`,
    `priority ${instance.priority}`,
    `advert_int ${instance.interval}`,
    `version ${instance.version ?? 3}`,
    ...(instance.preempt ? [] : ['nopreempt']),
    ...(instance.virtualMac ? ['use_vmac'] : []),
    ...(instance.advertsFromNic ? ['vmac_xmit_base'] : []),
    ...(instance.checksumAsVersion2 ? ['v3_checksum_as_v2'] : []),
    ...(unicast
      ? [
          `unicast_src_ip ${unicast.source}`,
          ...(unicast.ttl === undefined ? [] : [`unicast_ttl ${unicast.ttl}`]),
          ...['unicast_peer {', ...unicast.peers.map((peer) => `  ${peer}`), '}'],
        ]
      : []),
    ...(instance.password === undefined
      ? []
      : ['authentication {', '  auth_type PASS', `  auth_pass ${instance.password}`, '}']),
    'virtual_ipaddress {',
    ...addresses.map((address) => `  ${address}/${length}${instance.virtualMac ? '' : ' dev eth0'}`),
    '}',
  ];
  return [`vrrp_instance ${instanceName(instance)} {`, ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
}

function isIpv6(addresses: readonly string[]): boolean {
  return addresses[0]?.includes(':') ?? false;
}

/** Two levels of indentation: a section, then `name: count`, or a count with its instance alone. */
function parseStatistics(text: string): Record<string, KeepalivedStatistics> {
  const instances: Record<string, Record<string, number>> = {};
  let counters: Record<string, number> = {};
  let section = '';
  for (const line of text.split('\n')) {
    const [, indent = '', name = '', value = ''] = /^( *)(.+?): ?(.*)$/.exec(line) ?? [];
    if (name === 'VRRP Instance') {
      counters = {};
      instances[value] = counters;
    } else if (value === '') section = name;
    else counters[indent.length > 2 ? `${section}.${name}` : name] = Number(value);
  }
  return instances;
}
