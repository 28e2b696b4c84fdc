/** The built controller as a process of its own, and what can be learned of it from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { flagsOfNode } from '../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { freePort } from './free-port.js';
import type { Cluster } from './harness.js';

export interface BuiltController {
  /** From the start of the process to its log line `started`, in milliseconds. */
  readonly startedMs: number;
  /** The values of its metrics by series. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Resident memory in MB of 10^6 bytes: now, and the most it has been. */
  memory(): { readonly now: number; readonly peak: number };
  /** Processor time so far, in milliseconds, by ticks of 10 ms. */
  cpuMs(): number;
  /** Whether its process has ended. */
  hasEnded(): boolean;
  /** Resolves once it leads and has looked at everything there is. */
  settled(withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param o.inCluster let it find the API server as in a pod, by a service account in a mount namespace of its own
 * @param o.flags more of them
 */
export async function startBuiltController(
  cluster: Cluster,
  o: { readonly inCluster?: boolean; readonly flags?: readonly string[] } = {},
): Promise<BuiltController> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-controller-'));
  const [metricsPort, healthPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const args = [
    ...flagsOfNode(),
    ...[join(projectRoot(), 'dist', 'main.js'), 'controller'],
    ...[`--metrics-address=127.0.0.1:${metricsPort}`, `--health-address=127.0.0.1:${healthPort}`],
    ...(o.flags ?? []),
  ];
  const [command, ...rest] = o.inCluster
    ? await inClusterCommand(cluster, folder, args)
    : [process.execPath, ...args, `--kubeconfig=${cluster.kubeconfig}`];
  const began = performance.now();
  const child = spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: environment(cluster, o.inCluster) });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  const lines: string[] = [];
  const startedMs = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"started"')) resolve(performance.now() - began);
    });
    child.once('exit', () => reject(new Error(`the controller did not start:\n${lines.join('\n')}`)));
  });
  const metrics = async () => seriesOf(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text());
  return {
    startedMs,
    metrics,
    memory: () => memoryOf(child),
    cpuMs: () => cpuOf(child),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    settled: async (withinMs) => {
      let quiet = 0;
      let before = -1;
      await eventually(
        'a controller that has looked at everything',
        async () => {
          const now = await metrics();
          const done = now.get('openelb_controller_reconciliations_total{result="ok"}') ?? 0;
          const idle = now.get('openelb_controller_leading') === 1 && now.get('openelb_controller_queue_depth') === 0;
          quiet = idle && done > 0 && done === before ? quiet + 1 : 0;
          before = done;
          return quiet >= 2;
        },
        { withinMs, everyMs: 100, onTimeout: () => lines.slice(-20).join('\n') },
      );
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes to the API server other than of the lease and of Events. */
export function writesIn(metrics: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [series, value] of metrics) {
    if (/^openelb_api_requests_total\{.*method="(PATCH|DELETE)"/.test(series)) sum += value;
  }
  return sum;
}

function environment(cluster: Cluster, inCluster = false): NodeJS.ProcessEnv {
  const { KUBECONFIG: _, NODE_OPTIONS: __, ...env } = process.env;
  if (!inCluster) return env;
  const { hostname, port } = new URL(cluster.url);
  return { ...env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}

async function inClusterCommand(cluster: Cluster, folder: string, args: readonly string[]): Promise<string[]> {
  if (cluster.token === undefined || cluster.certificateAuthority === undefined) {
    throw new Error('only a real API server can be reached as from a pod: set KUBEBUILDER_ASSETS');
  }
  await writeFile(join(folder, 'token'), cluster.token);
  await writeFile(join(folder, 'ca.crt'), cluster.certificateAuthority);
  await writeFile(join(folder, 'namespace'), 'openelb-system');
  const account = '/run/secrets/kubernetes.io/serviceaccount';
  const script = `mount -t tmpfs none /run && mkdir -p ${account} && cp ${folder}/* ${account} && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', process.execPath, ...args];
}

function seriesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** VmRSS and VmHWM of proc(5). */
function memoryOf({ pid }: ChildProcess): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** utime and stime of proc(5). */
function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
