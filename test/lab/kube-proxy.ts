import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dualStackFlags, minorVersion } from '../cluster/program-version.js';
import type { LabApiServer } from './api-server.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { httpGet } from './http.js';
import type { Process } from './process.js';

/** The kube-proxy that KUBEBUILDER_ASSETS names beside its API server; undefined when there is none. */
export function findKubeProxy(): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const path = assets && join(assets, 'kube-proxy');
  return path && existsSync(path) ? path : undefined;
}

/** The same, or this test is skipped. For a hook of Mocha's. */
export function kubeProxyOrSkip(test: Mocha.Context): string {
  const program = findKubeProxy();
  if (program !== undefined) return program;
  console.log('      skipped: there is no kube-proxy in the folder that KUBEBUILDER_ASSETS names');
  return test.skip();
}

/**
 * Starts kube-proxy on a node, for both families; resolves when it has written its rules once.
 * @param mode flags that say how it forwards
 */
export async function startKubeProxy(
  program: string,
  node: Host,
  api: LabApiServer,
  mode: readonly string[] = ['--proxy-mode=iptables', '--iptables-min-sync-period=0s'],
): Promise<Process> {
  const proxy = node.start('kube-proxy', program, [
    `--kubeconfig=${api.kubeconfig}`,
    `--hostname-override=${node.name}`,
    ...dualStackFlags(await minorVersion(program)),
    ...mode,
    // What these set is the machine's, not the namespace's.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    '--healthz-bind-address=127.0.0.1:10256',
    '--metrics-bind-address=127.0.0.1:10249',
  ]);
  await eventually(
    `${proxy.title} ready`,
    async () => {
      const { status } = await httpGet(node, 'http://127.0.0.1:10256/healthz');
      return status === 200;
    },
    { withinMs: 60_000, everyMs: 200, onTimeout: () => proxy.log() },
  );
  return proxy;
}
