import type { Host } from '../host.js';
import { defaults, type NeighborSettings, type RouterSettings } from './settings.js';

/** gobgpd's configuration in JSON: of a range, a peer group and who connects from there. */
export function gobgpConfiguration(host: Host, settings: RouterSettings): object {
  const { holdTime = defaults.holdTime, neighbors } = settings;
  const options = neighbors.map((neighbor) => optionsOf(neighbor, holdTime));
  return {
    global: { config: { as: settings.as, 'router-id': settings.identifier ?? host.address } },
    neighbors: neighbors.flatMap(({ at, as, port }, i) =>
      'address' in at
        ? [
            {
              ...options[i],
              config: { ...options[i]?.config, 'neighbor-address': at.address, 'peer-as': numbered(as) },
              transport: {
                config: { ...options[i]?.transport.config, ...(port === undefined ? {} : { 'remote-port': port }) },
              },
            },
          ]
        : [],
    ),
    'peer-groups': neighbors.flatMap(({ at, as }, i) =>
      'range' in at
        ? [
            {
              ...options[i],
              config: { ...options[i]?.config, 'peer-group-name': `peers${i}`, 'peer-as': numbered(as) },
            },
          ]
        : [],
    ),
    'dynamic-neighbors': neighbors.flatMap(({ at }, i) =>
      'range' in at ? [{ config: { prefix: at.range, 'peer-group': `peers${i}` } }] : [],
    ),
  };
}

function optionsOf(neighbor: NeighborSettings, holdTime: number) {
  const { password, families = defaults.families } = neighbor;
  if ('interface' in neighbor.at) throw new Error('finding neighbours by an interface is not tried with GoBGP');
  if (neighbor.bfd !== undefined) throw new Error("Debian 12's GoBGP speaks no BFD");
  return {
    config: password === undefined ? {} : { 'auth-password': password },
    timers: { config: { 'hold-time': holdTime, 'keepalive-interval': Math.floor(holdTime / 3), 'connect-retry': 1 } },
    transport: { config: neighbor.passive ? { 'passive-mode': true } : {} },
    ...(neighbor.ttlSecurity ? { 'ttl-security': { config: { enabled: true, 'ttl-min': 255 } } } : {}),
    'graceful-restart': { config: { enabled: true, 'helper-only': true } },
    'afi-safis': families.map((family) => ({
      config: { 'afi-safi-name': `${family}-unicast` },
      'mp-graceful-restart': { config: { enabled: true } },
    })),
  };
}

function numbered(as: NeighborSettings['as']): number {
  if (typeof as !== 'number') throw new Error("GoBGP wants the number of the neighbour's AS");
  return as;
}
