/** The figures of BGP for Prometheus. Names follow MetalLB's (`metallb_bgp_…`) where it has the same figure. */
import type { Metrics } from '../platform/observability/metrics.js';
import type { BgpManager } from './bgp/manager.js';

/** What the counters of the thread mean; each becomes `openelb_bgp_<name>_total`. */
export const counterHelp: Readonly<Record<string, string>> = {
  established: 'Times that the session became Established.',
  'sent-updates': 'UPDATE messages sent.',
  'sent-octets': 'Octets sent to the router.',
  'received-octets': 'Octets received from the router.',
  'refused-connections': 'Connections that were refused; without a peer those of nobody that is configured.',
  'stalled-accepts':
    'Attempts to take connections of routers that failed for want of descriptors or memory, one a second.',
  'faulty-updates': 'UPDATE messages of the router with faults that do not end the session (RFC 7606).',
};
const metricNames: Readonly<Record<string, string>> = { 'sent-updates': 'updates' };

export function registerBgpMetrics(
  metrics: Metrics,
  bgp: Pick<BgpManager, 'peers' | 'groupNames' | 'group' | 'counters' | 'threadDeaths'>,
): void {
  const counters = Object.entries(counterHelp).map(([counter, help]) => {
    const name = metricNames[counter] ?? counter.replaceAll('-', '_');
    return [counter, metrics.counter(`openelb_bgp_${name}_total`, help)] as const;
  });
  const closed = metrics.counter(
    'openelb_bgp_closed_total',
    'Connections that ended, by who ended them (sent and received: with a NOTIFICATION) and why.',
  );
  const up = metrics.gauge(
    'openelb_bgp_session_up',
    'Whether the session with the router is Established; not of one that is switched off (adminDown).',
  );
  const prefixes = metrics.gauge(
    'openelb_bgp_announced_prefixes',
    'Prefixes that the router was told and not told to forget, in this session.',
  );
  const bfd = metrics.gauge('openelb_bgp_bfd_up', 'Whether BFD says that the path to the router is up.');
  const routers = metrics.gauge('openelb_bgp_group_routers', 'How many routers were told the addresses of a group.');
  const deaths = metrics.counter(
    'openelb_routing_thread_restarts_total',
    'Times that the thread of routing protocols ended though it was wanted, and was started again.',
  );
  metrics.beforeText(() => {
    // What a peer has counted goes with it.
    for (const metric of [up, prefixes, bfd, routers, closed, ...counters.map(([, each]) => each)]) metric.clear();
    for (const { name: peer, planned, report } of bgp.peers()) {
      if (planned.problem?.reason === 'AdminDown') continue;
      up.set({ peer }, report?.state === 'Established' ? 1 : 0);
      prefixes.set({ peer }, report?.prefixesSent ?? 0);
      if (report?.bfd !== undefined) bfd.set({ peer }, report.bfd.state === 'Up' ? 1 : 0);
    }
    for (const group of bgp.groupNames()) routers.set({ group }, bgp.group(group)?.routers ?? 0);
    const counted = bgp.counters();
    for (const [counter, metric] of counters)
      for (const [peer, count] of Object.entries(counted[counter] ?? {})) metric.set({ peer }, count);
    for (const [name, byPeer] of Object.entries(counted)) {
      const [, direction, reason] = /^closed-([a-z]+)-(.+)$/.exec(name) ?? [];
      if (direction === undefined || reason === undefined) continue;
      for (const [peer, count] of Object.entries(byPeer)) closed.set({ peer, direction, reason }, count);
    }
    deaths.set({}, bgp.threadDeaths());
  });
}
