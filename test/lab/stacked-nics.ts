import { run } from './command.js';
import type { Host } from './host.js';
import type { Lab } from './lab.js';
import { plugInSecondNic } from './second-nic.js';

/** The second cable of a host whose NICs are a bond. */
export interface SecondCable {
  cut(): Promise<void>;
  heal(): Promise<void>;
}

/** Gives a host the NIC `PARENT.ID`, whose frames carry the tag of that VLAN, with this address (written with its prefix length). */
export async function addVlan(host: Host, parent: string, id: number, address: string): Promise<void> {
  const name = `${parent}.${id}`;
  await host.run('ip', ['link', 'add', 'link', parent, 'name', name, 'type', 'vlan', 'id', String(id)]);
  await host.run('ip', ['address', 'add', address, 'brd', '+', 'dev', name]);
  await host.run('ip', ['link', 'set', name, 'up']);
}

/** Makes eth0 and a second NIC the ports of bond0, of which one at a time carries everything. eth0 loses its addresses. */
export async function addBond(host: Host, lab: Lab, address: string): Promise<SecondCable> {
  const port = await plugInSecondNic(host, lab);
  await host.run('ip', ['link', 'add', 'bond0', 'type', 'bond', 'mode', 'active-backup', 'miimon', '20']);
  await host.run('ip', ['address', 'flush', 'dev', 'eth0']);
  for (const nic of ['eth0', 'eth1']) {
    await host.run('ip', ['link', 'set', nic, 'down']);
    await host.run('ip', ['link', 'set', nic, 'master', 'bond0']);
  }
  await host.run('ip', ['address', 'add', address, 'brd', '+', 'dev', 'bond0']);
  await host.run('ip', ['link', 'set', 'bond0', 'up']);
  const link = async (state: 'up' | 'down') => void (await run('ip', ['-n', lab.bridge, 'link', 'set', port, state]));
  return { cut: () => link('down'), heal: () => link('up') };
}
