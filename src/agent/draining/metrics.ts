/** What becomes of connections over moves, for Prometheus. */
import type { Metrics } from '../../platform/observability/metrics.js';
import type { DrainingReport } from './drainer.js';

/** Registers the metrics; `report` is asked at each scrape. */
export function registerDrainingMetrics(metrics: Metrics, report: () => DrainingReport): void {
  const connections = metrics.gauge(
    'openelb_drained_connections',
    'Connections from before a move that are handed to the node that led before and spoke within the last minute; at most 16384 of each family are counted.',
  );
  const nodes = metrics.gauge(
    'openelb_drained_nodes',
    'Nodes that led before, to which such connections are handed now.',
  );
  const packets = metrics.counter(
    'openelb_drained_packets_total',
    'Packets of such connections, by outcome: direct and passed were handed on, returned came from whom it would go to and was dropped, excess was beyond the rate, reset was answered since no node knows them.',
  );
  const kept = metrics.gauge('openelb_connections_kept', 'Whether connections are kept over moves, as groups ask for.');
  metrics.beforeText(async () => {
    const now = report();
    kept.set({}, now.kept ? 1 : 0);
    connections.set({}, now.connections);
    nodes.set({}, now.to.length);
    for (const [outcome, count] of now.packets) packets.set({ outcome }, count);
  });
}
