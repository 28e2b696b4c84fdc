/** What Prometheus sees of the controller. */
import type { Metrics } from '../platform/observability/metrics.js';
import type { Controller } from './controller.js';
import type { Webhook } from './webhook/webhook.js';

export function registerMetrics(metrics: Metrics, controller: Controller): void {
  const leading = metrics.gauge('openelb_controller_leading', 'Whether this controller holds the lease: 1 or 0.');
  const size = metrics.gauge('openelb_eip_addresses', 'Addresses of an Eip.');
  const used = metrics.gauge('openelb_eip_addresses_in_use', 'Addresses of an Eip that Services have.');
  const unannounced = metrics.gauge(
    'openelb_eip_addresses_unannounced',
    'Addresses of an Eip that Services have and no node announces: no virtual router ID, no node that may, no agent.',
  );
  const waiting = metrics.gauge('openelb_services_waiting', 'Services of ours that have less than they want.');
  const agents = metrics.gauge('openelb_agents', 'Agents by whether they are heard of: heard or silent.');
  const depth = metrics.gauge(
    'openelb_controller_queue_depth',
    'Objects still to be brought in line: waiting, in work, or put off for a while.',
  );
  const done = metrics.counter('openelb_controller_reconciliations_total', 'Reconciliations by result.');
  const holders = metrics.counter(
    'openelb_holder_events_total',
    'Services told who announces their addresses (told), or not told because it came too late (dropped).',
  );
  const untold = metrics.gauge('openelb_holder_events_waiting', 'Services to be told who announces their addresses.');
  const faulty = metrics.counter(
    'openelb_objects_refused_total',
    'Objects from the API server that were wrong, at each of their versions, by kind.',
  );
  const unread = metrics.gauge(
    'openelb_metallb_kind_unread',
    "Whether a kind of MetalLB's cannot be read, so that what is known of it is old or nothing: 1 or 0.",
  );
  metrics.beforeText(() => {
    const stats = controller.stats();
    leading.set({}, stats.queue === undefined ? 0 : 1);
    size.clear();
    used.clear();
    unannounced.clear();
    for (const pool of stats.pools) {
      size.set({ eip: pool.eip }, pool.size);
      used.set({ eip: pool.eip }, pool.used);
      unannounced.set({ eip: pool.eip }, pool.unannounced);
    }
    waiting.set({}, stats.waiting);
    agents.set({ state: 'heard' }, stats.agents.heard);
    agents.set({ state: 'silent' }, stats.agents.silent);
    const { depth: queued, running, delayed } = stats.queue ?? { depth: 0, running: 0, delayed: 0 };
    depth.set({}, queued + running + delayed);
    done.set({ result: 'ok' }, stats.queue?.done ?? 0);
    done.set({ result: 'failed' }, stats.queue?.failed ?? 0);
    holders.set({ result: 'told' }, stats.holderEvents.told);
    holders.set({ result: 'dropped' }, stats.holderEvents.dropped);
    untold.set({}, stats.holderEvents.waiting);
    unread.clear();
    for (const [kind, why] of stats.metallb) unread.set({ kind }, why === undefined ? 0 : 1);
    for (const [kind, count] of stats.faulty) faulty.set({ kind }, count);
  });
}

export function registerWebhookMetrics(metrics: Metrics, webhook: Pick<Webhook, 'certificateEnd'>): void {
  const end = metrics.gauge(
    'openelb_webhook_certificate_end_seconds',
    'When the certificate ends that the webhook is served with, in seconds since 1970; 0 while it has none, so that nobody can call it.',
  );
  metrics.beforeText(() => end.set({}, (webhook.certificateEnd() ?? 0) / 1000));
}
