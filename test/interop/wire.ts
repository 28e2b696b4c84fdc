/** What a host sends, captured on its cable and read by tshark. */
import { execa } from 'execa';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import { startProcess } from '../lab/process.js';

export interface Capture {
  /** Ends it; the file can be read from then on. */
  stop(): Promise<string>;
}

/** Writes every VRRP, ARP and ICMP frame that a host sends to a file, from now on. */
export async function captureFrom(lab: Lab, host: Host): Promise<Capture> {
  const file = `${lab.folder}/${host.name}.pcap`;
  const tcpdump = startProcess({
    title: `capture of ${host.name}`,
    log: `${lab.folder}/${host.name}-tcpdump.log`,
    command: 'ip',
    args: [
      ...['netns', 'exec', lab.bridge, 'tcpdump', '--immediate-mode', '-U', '-Z', 'root', '-i', host.name],
      ...['-Q', 'in', '-w', file, 'ip proto 112 or ip6 proto 112 or arp or icmp or icmp6'],
    ],
  });
  await eventually('tcpdump listening', () => tcpdump.log().includes('listening on'), {
    onTimeout: () => tcpdump.log(),
  });
  return {
    stop: async () => {
      tcpdump.signal('SIGTERM');
      await tcpdump.exited;
      return file;
    },
  };
}

/**
 * The distinct values of some fields over all frames that a filter lets through, as tshark dissects them, each with how many frames
 * have them. Fields that occur more than once in a frame are joined by commas.
 */
export async function distinctFields(
  file: string,
  filter: string,
  fields: readonly string[],
  checksum: 'pseudo-header' | 'message' = 'pseudo-header',
): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await execa('tshark', [
    ...['-r', file, '-Y', filter, '-T', 'fields', '-E', 'separator=;'],
    ...['-o', `vrrp.v3_checksum_as_in_v2:${checksum === 'message' ? 'TRUE' : 'FALSE'}`],
    ...['-o', 'ip.check_checksum:TRUE'],
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  const counts = new Map<string, number>();
  for (const line of stdout.split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
