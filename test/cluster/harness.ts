// Owns: the choice of the API server that tests and scripts run on, and its life.
// Refuses to know: what they do with it.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Faults } from '../apiserver/faults.js';
import { applyMore } from './rbac/record.js';
import { startRealCluster } from './real-cluster.js';

/** A running API server and the means to reach it. */
export interface Cluster {
  readonly kind: 'real' | 'small';
  /** Path of a kubeconfig with full rights. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly token?: string;
  /** PEM; absent where the server speaks plain HTTP. */
  readonly certificateAuthority?: string;
  /** Only the small server misbehaves on demand. */
  readonly faults?: Faults;
  /** What the programs have called although the rendered RBAC does not allow it. `stop` fails when there is any. */
  refused(): readonly string[];
  /** Stops the server and starts it again with the same address and state; `pauseMs` lies between. */
  restart(pauseMs?: number): Promise<void>;
  /** Stops everything that was started and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

/** What a caller may choose. */
export interface ClusterOptions {
  /** Where data, logs and the kubeconfig go; it stays after stop(). Default: a temporary folder, which does not. */
  readonly dir?: string;
  /** The address to listen on, for example a bridge's, so that other network namespaces reach it. Default 127.0.0.1. */
  readonly address?: string;
  /** Also run kube-controller-manager: garbage collection, namespaces' end, Endpoints. The small server has the first two built in. */
  readonly controllerManager?: boolean;
  /** Services of both families, where the server is a real one. */
  readonly dualStack?: boolean;
  /**
   * At most 2768 Services, as by default in Kubernetes. A real server writes the whole map of its node ports and cluster IPs with each
   * Service, so it is several times as fast with small ones.
   */
  readonly fewServices?: boolean;
  /** Without a record of what the programs call, which costs a real server some time; default: with. */
  readonly audit?: boolean;
  /** Manifests in deploy/ that are applied besides openelb-vip.yaml: the programs may do what these allow, too. */
  readonly manifests?: readonly string[];
  /** Default: `real` when KUBEBUILDER_ASSETS is set, else `small`. */
  readonly kind?: 'real' | 'small';
}

/**
 * Starts an API server: kube-apiserver and etcd when KUBEBUILDER_ASSETS names a folder with them, else the small one of
 * test/apiserver in this process. Rejects with what the server said when it does not come up. Children die with this
 * process; SIGINT and SIGTERM also remove the temporary folder.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const kind = options.kind ?? (assets ? 'real' : 'small');
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'openelb-vip-cluster-')));
  await mkdir(dir, { recursive: true });
  const removeData = async () => {
    if (!options.dir) await rm(dir, { recursive: true, force: true });
  };
  applyMore(dir, options.manifests ?? []);
  const address = options.address ?? '127.0.0.1';
  const cluster = await start(kind, assets, dir, address, options).catch(async (error) => {
    await removeData();
    throw error;
  });
  const stopOnce = once(async () => {
    forgetSignals();
    const refused = cluster.refused();
    await cluster.stop();
    await removeData();
    if (refused.length > 0) throw new Error(`the rendered RBAC does not allow this:\n${refused.join('\n')}`);
  });
  const forgetSignals = stopOnSignals(stopOnce);
  return { ...cluster, stop: stopOnce };
}

async function start(
  kind: string,
  assets: string | undefined,
  dir: string,
  address: string,
  { controllerManager = false, dualStack = false, fewServices = false, audit = true }: ClusterOptions,
) {
  if (kind === 'small') {
    const { startSmallCluster } = await import('./small-cluster.js');
    return startSmallCluster({ dir, address });
  }
  if (!assets)
    throw new Error('a real API server needs KUBEBUILDER_ASSETS to name a folder with etcd and kube-apiserver');
  return startRealCluster({ assets, dir, address, controllerManager, dualStack, fewServices, audit });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}

/** Cleans up, then lets the signal do what it would have done. A program with a handler of its own keeps control of its exit. */
function stopOnSignals(stop: () => Promise<void>): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const forget = () => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    forget();
    const othersHandleIt = process.listenerCount(signal) > 0;
    void stop().finally(() => {
      if (!othersHandleIt) process.kill(process.pid, signal);
    });
  };
  for (const signal of signals) process.on(signal, onSignal);
  return forget;
}
