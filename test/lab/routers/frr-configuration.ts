import type { Host } from '../host.js';
import { defaults, familyOf, type NeighborSettings, type RouterSettings } from './settings.js';

/** bgpd's configuration: each entry of `neighbors` is a peer group of its own, `PEERS0` and so on. */
export function bgpdConfiguration(host: Host, settings: RouterSettings): readonly string[] {
  const { holdTime = defaults.holdTime, announces = [], neighbors } = settings;
  return [
    `router bgp ${settings.as}`,
    ` bgp router-id ${settings.identifier ?? host.address}`,
    // Else routes are neither taken from nor told to routers of another AS without a route-map (RFC 8212).
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    // Nodes of several AS (asPerRack) share their traffic only so.
    ' bgp bestpath as-path multipath-relax',
    ` timers bgp ${Math.floor(holdTime / 3)} ${holdTime}`,
    ...neighbors.flatMap((neighbor, i) => [...peerGroup(neighbor, `PEERS${i}`), ...members(neighbor, `PEERS${i}`)]),
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => [
      ` address-family ${family} unicast`,
      ...announces.filter((prefix) => familyOf(prefix) === family).map((prefix) => `  network ${prefix}`),
      ...neighbors.map(
        ({ families = defaults.families }, i) =>
          `  ${families.includes(family) ? '' : 'no '}neighbor PEERS${i} activate`,
      ),
      `  maximum-paths ${settings.maximumPaths ?? defaults.maximumPaths}`,
      ' exit-address-family',
    ]),
    'end',
  ];
}

function peerGroup(neighbor: NeighborSettings, name: string): readonly string[] {
  const { bfd, password } = neighbor;
  const options = [
    'peer-group',
    `remote-as ${neighbor.as}`,
    ...(bfd === undefined ? [] : ['bfd', `bfd profile ${profileOf(bfd)}`]),
    ...(password === undefined ? [] : [`password ${password}`]),
    ...(neighbor.ttlSecurity ? ['ttl-security hops 1'] : []),
    ...(neighbor.multihop
      ? [`ebgp-multihop ${neighbor.multihop.hops}`, `update-source ${neighbor.multihop.source}`]
      : []),
    ...(neighbor.passive ? ['passive'] : []),
    ...(neighbor.extendedNextHop ? ['capability extended-nexthop'] : []),
    'timers connect 1',
  ];
  return options.map((option) => ` neighbor ${name} ${option}`);
}

function members({ at, port }: NeighborSettings, group: string): readonly string[] {
  if ('range' in at) return [` bgp listen range ${at.range} peer-group ${group}`];
  if ('interface' in at) return [` neighbor ${at.interface} interface peer-group ${group}`];
  return [
    ` neighbor ${at.address} peer-group ${group}`,
    ...(port === undefined ? [] : [` neighbor ${at.address} port ${port}`]),
  ];
}

/** bfdd's: a profile for each timing that a neighbour has. */
export function bfddConfiguration({ neighbors }: RouterSettings): readonly string[] {
  const timings = new Map(neighbors.flatMap(({ bfd }) => (bfd === undefined ? [] : [[profileOf(bfd), bfd] as const])));
  return [
    'bfd',
    ...[...timings].flatMap(([name, { intervalMs, multiplier }]) => [
      ` profile ${name}`,
      `  detect-multiplier ${multiplier}`,
      `  transmit-interval ${intervalMs}`,
      `  receive-interval ${intervalMs}`,
      ' exit',
    ]),
    'exit',
  ];
}

function profileOf({ intervalMs, multiplier }: { intervalMs: number; multiplier: number }): string {
  return `every${intervalMs}x${multiplier}`;
}
