import type { Host } from '../host.js';
import { defaults, familyOf, type NeighborSettings, type RouterSettings } from './settings.js';

/** BIRD 2's configuration: each entry of `neighbors` is a protocol `peersN`, its dynamic sessions `peersN_1` and so on. */
export function birdConfiguration(host: Pick<Host, 'address'>, settings: RouterSettings): readonly string[] {
  const { announces = [], maximumPaths = defaults.maximumPaths } = settings;
  return [
    `router id ${settings.identifier ?? host.address};`,
    'protocol device { }',
    // Next hops of routes from our own AS are looked up in the tables.
    'protocol direct { ipv4; ipv6; }',
    // A node that is being drained is avoided only by those who are told to (RFC 8326).
    'filter learned { if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; }',
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => [
      `protocol kernel { merge paths on limit ${maximumPaths}; ${family} { import none; export where source = RTS_BGP; }; }`,
      `protocol static { ${family}; ${announces
        .filter((prefix) => familyOf(prefix) === family)
        .map((prefix) => `route ${prefix} blackhole;`)
        .join(' ')} }`,
    ]),
    'protocol bfd { }',
    ...settings.neighbors.flatMap((neighbor, i) => neighborProtocol(settings, neighbor, `peers${i}`)),
  ];
}

function neighborProtocol(settings: RouterSettings, neighbor: NeighborSettings, name: string): readonly string[] {
  const { at, bfd, password, families = defaults.families, port, multihop } = neighbor;
  if ('interface' in at) throw new Error('BIRD 2 finds no neighbours by an interface: name an address or a range');
  const whom = 'range' in at ? `range ${at.range}` : at.address;
  const { holdTime = defaults.holdTime } = settings;
  return [
    `protocol bgp ${name} {`,
    `  local ${multihop === undefined ? '' : `${multihop.source} `}as ${settings.as};`,
    ...(multihop === undefined ? [] : [`  multihop ${multihop.hops};`]),
    // Else BFD takes a neighbour of the own AS to be many hops away.
    ...(bfd !== undefined && neighbor.as === settings.as ? ['  direct;'] : []),
    `  neighbor ${whom}${port === undefined ? '' : ` port ${port}`} ${relation(neighbor.as)};`,
    ...('range' in at ? [`  dynamic name "${name}_";`] : []),
    `  hold time ${holdTime};`,
    '  connect delay time 1; connect retry time 1; error wait time 1, 5;',
    '  graceful restart aware;',
    ...(bfd === undefined ? [] : [`  bfd { ${birdTiming(bfd)} };`]),
    ...(password === undefined ? [] : [`  password "${password}";`]),
    ...(neighbor.ttlSecurity ? ['  ttl security on;'] : []),
    ...(neighbor.passive ? ['  passive on;'] : []),
    ...families.map((family) => {
      const extended = family === 'ipv4' && neighbor.extendedNextHop ? ' extended next hop;' : '';
      return `  ${family} { import filter learned; export where source = RTS_STATIC;${extended} };`;
    }),
    '}',
  ];
}

function relation(as: NeighborSettings['as']): string {
  return typeof as === 'number' ? `as ${as}` : as;
}

function birdTiming({ intervalMs, multiplier }: { intervalMs: number; multiplier: number }): string {
  return `min rx interval ${intervalMs} ms; min tx interval ${intervalMs} ms; multiplier ${multiplier};`;
}
