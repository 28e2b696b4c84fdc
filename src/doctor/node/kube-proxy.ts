/** What the kube-proxy of this node says of itself over loopback. */
import type { KubeProxy } from './facts.js';

const [metricsPort, healthPort, timeoutMs] = [10_249, 10_256, 1_000];

/** Undefined where none answers. Never rejects. */
export async function askKubeProxy(): Promise<KubeProxy | undefined> {
  const [mode, health, metrics] = await Promise.all([
    textAt(`http://127.0.0.1:${metricsPort}/proxyMode`),
    textAt(`http://127.0.0.1:${healthPort}/healthz`),
    textAt(`http://127.0.0.1:${metricsPort}/metrics`),
  ]);
  if (mode === undefined && health === undefined) return undefined;
  return readKubeProxy({ mode, health, metrics });
}

/** Source: pkg/proxy/healthcheck/proxier_health.go (lastUpdated, currentTime), pkg/proxy/metrics/metrics.go of Kubernetes. Pure. */
export function readKubeProxy(o: {
  readonly mode: string | undefined;
  readonly health: string | undefined;
  readonly metrics: string | undefined;
}): KubeProxy {
  const at = (name: string) => {
    const text = new RegExp(`"${name}":\\s*"([^"]+?)(?: m=[^"]*)?"`).exec(o.health ?? '')?.[1];
    return Date.parse((text ?? '').replace(/^(\S+) (\S+?)(?:\.\d+)? ([+-]\d{4}).*$/, '$1T$2$3'));
  };
  const secondsOf = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(o.metrics ?? '')?.[1]);
  const [queued, synced] = [
    secondsOf('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds'),
    secondsOf('kubeproxy_sync_proxy_rules_last_timestamp_seconds'),
  ];
  const now = at('currentTime');
  const waits = queued > synced && !Number.isNaN(now);
  const ago = now - (Number.isNaN(synced) ? at('lastUpdated') : synced * 1000);
  return {
    mode: o.mode?.trim(),
    syncedAgoMs: Number.isNaN(ago) ? undefined : Math.max(0, ago),
    waitingMs: waits ? Math.max(0, now - queued * 1000) : undefined,
  };
}

async function textAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return await response.text();
  } catch {
    return undefined;
  }
}
