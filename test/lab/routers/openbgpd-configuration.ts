import type { Host } from '../host.js';
import { defaults, type NeighborSettings, type RouterSettings } from './settings.js';

/** OpenBGPD's configuration; it takes no block on a single line. */
export function openbgpdConfiguration(host: Host, settings: RouterSettings, socket: string): readonly string[] {
  return [
    `AS ${settings.as}`,
    `router-id ${settings.identifier ?? host.address}`,
    `socket "${socket}"`,
    // The package is built without what it takes to write Linux's tables.
    'fib-update no',
    `holdtime ${settings.holdTime ?? defaults.holdTime}`,
    'rde evaluate all',
    ...(settings.announces ?? []).map((prefix) => `network ${prefix}`),
    ...settings.neighbors.flatMap((neighbor) => neighborBlock(neighbor)),
    'allow from any',
    'allow to any',
  ];
}

function neighborBlock(neighbor: NeighborSettings): readonly string[] {
  const { at, as, password, families = defaults.families, port } = neighbor;
  if ('interface' in at) throw new Error('OpenBGPD finds no neighbours by an interface: name an address or a range');
  if (typeof as !== 'number') throw new Error("OpenBGPD wants the number of the neighbour's AS");
  if (neighbor.bfd !== undefined) throw new Error('OpenBGPD 7.7 speaks no BFD');
  return [
    `neighbor ${'range' in at ? at.range : at.address} {`,
    `  remote-as ${as}`,
    ...(neighbor.passive || 'range' in at ? ['  passive'] : []),
    ...(port === undefined ? [] : [`  port ${port}`]),
    ...(password === undefined ? [] : [`  tcp md5sig password "${password}"`]),
    ...(neighbor.ttlSecurity ? ['  ttl-security yes'] : []),
    ...families.map((family) => `  announce ${family === 'ipv4' ? 'IPv4' : 'IPv6'} unicast`),
    '}',
  ];
}
