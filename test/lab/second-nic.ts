import { run } from './command.js';
import type { Host } from './host.js';
import type { Lab } from './lab.js';

/** Plugs a host into the bridge of a lab, its own or another, by a NIC eth1 that is down; the name of the bridge's port. */
export async function plugInSecondNic(host: Host, lab: Lab): Promise<string> {
  const port = `${host.name}-eth1`;
  const peer = ['peer', 'name', 'eth1', 'netns', host.namespace];
  await run('ip', ['-n', lab.bridge, 'link', 'add', port, 'type', 'veth', ...peer]);
  await run('ip', ['-n', lab.bridge, 'link', 'set', port, 'master', 'br0', 'up']);
  return port;
}

/** Plugs a host of one lab into the bridge of another as well, by a NIC eth1 with this address, written with its prefix length. */
export async function addSecondNic(host: Host, lab: Lab, address: string): Promise<void> {
  await plugInSecondNic(host, lab);
  await host.run('ip', ['address', 'add', address, 'dev', 'eth1']);
  await host.run('ip', ['link', 'set', 'eth1', 'up']);
}
