/** The flags that controller and agent (and partly `status`) have in common. */
import type { Flag, FlagValues } from './flags.js';
import { parseListenAddress } from './listen-address.js';

const logLevels = ['error', 'warn', 'info', 'debug'] as const;

export const kubeconfigFlag: Flag = {
  name: 'kubeconfig',
  env: 'KUBECONFIG',
  type: 'string',
  value: 'FILE',
  help: 'How to reach the API server; without it, the way a Pod does (in-cluster).',
};

/** The flags of a long-running program; `ports` are where it serves metrics and health by default. */
export function serviceFlags(ports: { readonly metrics: string; readonly health: string }): readonly Flag[] {
  return [
    {
      name: 'metrics-address',
      type: 'string',
      value: 'HOST:PORT',
      default: ports.metrics,
      help: 'Where Prometheus finds /metrics; 0 for nowhere.',
      check: listenProblem,
    },
    {
      name: 'health-address',
      type: 'string',
      value: 'HOST:PORT',
      default: ports.health,
      help: 'Where /healthz and /readyz answer; 0 for nowhere.',
      check: listenProblem,
    },
    {
      name: 'log-level',
      type: 'string',
      value: 'LEVEL',
      default: 'info',
      help: `How much is logged: ${logLevels.join(', ')}.`,
      check: (text) =>
        (logLevels as readonly string[]).includes(text)
          ? undefined
          : `no such level: use one of ${logLevels.join(', ')}`,
    },
  ];
}

/** The value of `log-level` after its check. */
export function logLevel(values: FlagValues): (typeof logLevels)[number] {
  return values['log-level'] as (typeof logLevels)[number];
}

function listenProblem(text: string): string | undefined {
  return parseListenAddress(text) === undefined ? 'not an address to listen on: use host:port, :port, or 0' : undefined;
}
