import { parseArgs } from 'node:util';

export interface PlaygroundOptions {
  readonly once: boolean;
  readonly interval: string;
}

export const usage = `Usage: scripts/playground [--once] [--interval DURATION]

Three nodes and a client as network namespaces, an API server, the controller and three agents: asks for a virtual address,
cuts its leader's cable and says how long nobody answered. Then stays up for you to play, until Ctrl-C.

  --once               run unattended and end with one line of JSON on stdout
  --interval DURATION  the advertisement interval, 10ms to 40.95s (default 250ms)

KUBEBUILDER_ASSETS names a folder with kube-apiserver and etcd; without it a small API server takes their place.
`;

/** Reads the command line. A string is what is wrong with it. */
export function parsePlaygroundOptions(args: readonly string[]): PlaygroundOptions | 'help' | { wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        interval: { type: 'string', default: '250ms' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    if (!/^([0-9]+(\.[0-9]+)?(ms|s))+$/.test(values.interval))
      return { wrong: `--interval ${values.interval}: not a duration such as 250ms or 1s` };
    return { once: values.once, interval: values.interval };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}
