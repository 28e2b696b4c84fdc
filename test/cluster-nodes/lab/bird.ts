import { type Process, startProcess } from '../../lab/process.js';
import { forwarding } from '../../lab/routers/forwarding.js';
import { writeConfiguration } from '../../lab/routers/program.js';
import type { RealNodes } from './cluster.js';

/** Starts BIRD on a host of the LAN, which forwards then. It ends when it is sent SIGTERM. @param lines its configuration */
export async function startBird(cluster: RealNodes, on: string, lines: readonly string[]): Promise<Process> {
  const folder = `${cluster.folder}/${on}-bird`;
  const file = writeConfiguration(`${folder}/bird.conf`, lines);
  await cluster.host(on).run('sysctl', ['-qw', ...forwarding]);
  const bird = ['/usr/sbin/bird', '-f', '-c', file, '-s', `${folder}/bird.ctl`];
  const args = [`--net=/run/netns/${on}`, ...bird];
  return startProcess({ title: 'bird', log: `${folder}/bird.log`, command: 'nsenter', args });
}
