// Owns: a controller inside the test's own process, with its log and its metrics at hand.
import { run } from '../../src/controller/command.js';
import { eventually } from '../lab/eventually.js';
import { freePort } from './free-port.js';

export interface RunningController {
  /** `ok`, or why it is not ready. */
  ready(): Promise<string>;
  /** The value of one series of its metrics; 0 when there is none. */
  metric(series: string): Promise<number>;
  /** How many requests to the API server were writes, other than of the lease and of Events. */
  writes(): Promise<number>;
  /** Its log so far. */
  log(): readonly string[];
  stop(): Promise<void>;
}

interface StartOptions {
  /** Without an election. */
  readonly alone?: boolean;
  readonly flags?: Readonly<Record<string, string | boolean>>;
}

/** Starts a controller and waits until it leads, or with `leading: false` until it would be ready to. */
export async function startControllerHere(
  kubeconfig: string,
  o: StartOptions & { readonly leading?: boolean } = {},
): Promise<RunningController> {
  const controller = await beginControllerHere(kubeconfig, o);
  await eventually(
    'a controller that is up',
    async () => {
      if ((await controller.ready()) !== 'ok') return false;
      return o.leading === false || (await controller.metric('openelb_controller_leading')) === 1;
    },
    { withinMs: 20_000, onTimeout: () => controller.log().join('\n') },
  );
  return controller;
}

/** Starts a controller and does not wait for anything. */
export async function beginControllerHere(kubeconfig: string, o: StartOptions = {}): Promise<RunningController> {
  const [metricsPort, healthPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) => {
    lines.push(
      `${level} ${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value))}`,
    );
  };
  const log = { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
  const stopping = new AbortController();
  const values = {
    kubeconfig,
    namespace: 'openelb-system',
    'leader-elect': o.alone !== true,
    'all-services': false,
    'vrid-range': '1-255',
    'reserved-vrids': '',
    'metrics-address': `127.0.0.1:${metricsPort}`,
    'health-address': `127.0.0.1:${healthPort}`,
    'log-level': 'debug',
    ...o.flags,
  };
  const ended = run(values, { log, signal: stopping.signal, env: {} });
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const readSeries = (text: string, series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1) ?? 0,
    );
  return {
    ready: async () => (await (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).text()).trim(),
    metric: async (series) => readSeries(await metrics(), series),
    writes: async () => {
      const patches = (await metrics())
        .split('\n')
        .filter((line) => /^openelb_api_requests_total\{.*method="(PATCH|DELETE)"/.test(line));
      return patches.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    log: () => lines,
    stop: async () => {
      stopping.abort();
      const code = await ended;
      if (code !== 0) throw new Error(`the controller ended with ${code}:\n${lines.join('\n')}`);
    },
  };
}
