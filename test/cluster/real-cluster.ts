// Owns: a real etcd and kube-apiserver (and kube-controller-manager when asked), as in Kubernetes' own envtest convention.
// Refuses to know: what is tested on it.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Child, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import type { Cluster } from './harness.js';
import { writeKubeconfig } from './kubeconfig.js';
import { dualStackFlags, minorVersion } from './program-version.js';
import { auditLog, auditPolicy, refusedCalls } from './rbac/record.js';

/** `assets`: the folder that KUBEBUILDER_ASSETS names. `address`: where kube-apiserver listens. */
export interface RealClusterOptions {
  readonly assets: string;
  readonly dir: string;
  readonly address: string;
  readonly controllerManager: boolean;
  readonly dualStack: boolean;
  readonly fewServices: boolean;
  readonly audit: boolean;
}

const startDeadlineMs = 60_000;

export async function startRealCluster(options: RealClusterOptions): Promise<Cluster> {
  const { assets, dir, address } = options;
  const program = (name: string) => requireProgram(assets, name);
  const running = new Map<string, Child>();
  const stopAll = async () => {
    // Only the store has something to keep, and a server would wait for all who still watch.
    for (const name of ['kube-controller-manager', 'kube-apiserver']) await running.get(name)?.stop(0);
    await running.get('etcd')?.stop();
  };
  try {
    const port = await freePort(address);
    const token = randomBytes(16).toString('hex');
    await writeCredentials(dir, token);
    await writeFile(join(dir, 'audit-policy.json'), JSON.stringify(auditPolicy));
    const etcd = await startEtcd(program('etcd'), dir);
    running.set('etcd', etcd.child);
    const url = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
    const minor = await minorVersion(program('kube-apiserver'));
    const startServer = async () => {
      const flags = serverFlags(options, etcd.port, port, minor);
      const server = await startChild(program('kube-apiserver'), flags, join(dir, 'kube-apiserver.log'));
      running.set('kube-apiserver', server);
      await waitUntilReady(server, url, token).catch((cause: unknown) => {
        throw new Error(`no API server; its store last said:\n${etcd.child.tail()}`, { cause });
      });
    };
    await startServer();
    const kubeconfig = join(dir, 'kubeconfig');
    const certificateAuthority = await readFile(join(dir, 'certificates', 'apiserver.crt'), 'utf8');
    await writeKubeconfig(kubeconfig, { url, token, certificateAuthority });
    if (options.controllerManager) {
      const flags = await controllerManagerFlags(program('kube-controller-manager'), dir, kubeconfig);
      const log = join(dir, 'kube-controller-manager.log');
      running.set('kube-controller-manager', await startChild(program('kube-controller-manager'), flags, log));
    }
    return {
      kind: 'real',
      kubeconfig,
      url,
      token,
      certificateAuthority,
      refused: () => refusedCalls(dir),
      async restart(pauseMs = 0) {
        // It listens no more at once, and would then wait a minute for all who still watch.
        await running.get('kube-apiserver')!.stop();
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        await startServer();
      },
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function requireProgram(assets: string, name: string): string {
  const path = join(assets, name);
  if (existsSync(path)) return path;
  throw new Error(
    `KUBEBUILDER_ASSETS=${assets} has no ${name}: name a folder with etcd and kube-apiserver, or unset it`,
  );
}

async function writeCredentials(dir: string, token: string): Promise<void> {
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(join(dir, 'sa.key'), key.privateKey, { mode: 0o600 });
  await writeFile(join(dir, 'sa.pub'), key.publicKey);
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
}

/** On ports that it gets: one that was free may be taken by the time that it listens. */
async function startEtcd(program: string, dir: string): Promise<{ readonly child: Child; readonly port: number }> {
  for (let left = 3; ; left -= 1) {
    const [port, peerPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const child = await startChild(program, etcdFlags(dir, port, peerPort), join(dir, 'etcd.log'));
    const deadline = Date.now() + startDeadlineMs;
    while (!child.hasEnded() && Date.now() < deadline) {
      if (await isListening(port)) return { child, port };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await child.stop();
    if (left === 1) throw new Error(`${await child.ended}:\n${child.tail()}`);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function etcdFlags(dir: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

function serverFlags(options: RealClusterOptions, etcdPort: number, port: number, minor: number): string[] {
  const { dir, address } = options;
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'certificates')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    ...(options.audit
      ? [`--audit-policy-file=${join(dir, 'audit-policy.json')}`, `--audit-log-path=${auditLog(dir)}`]
      : []),
    `--service-cluster-ip-range=10.96.0.0/${options.fewServices ? 20 : 16}${options.dualStack ? ',fd96::/112' : ''}`,
    ...(options.dualStack ? dualStackFlags(minor) : []),
    // The default has room for 2768 Services of type LoadBalancer.
    ...(options.fewServices ? [] : ['--service-node-port-range=10000-65000']),
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
    // A loopback address is not allowed in the Endpoints that the reconciler would write.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    // Without a controller manager nobody makes the service account that this plugin asks every Pod to have.
    ...(options.controllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ];
}

async function controllerManagerFlags(program: string, dir: string, kubeconfig: string): Promise<string[]> {
  const minor = await minorVersion(program);
  const port = await freePort('127.0.0.1');
  return [
    // Older ones also listen without TLS on a fixed port, which a second cluster would find taken; 1.24 dropped the flag.
    ...(minor < 24 ? ['--port=0'] : []),
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(dir, 'sa.key')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'controller-manager-certificates')}`,
  ];
}

/** /readyz also waits for the hooks that make RBAC's default roles and the first namespaces. */
async function waitUntilReady(server: Child, url: string, token: string): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  let last = '';
  while (Date.now() < deadline) {
    if (server.hasEnded()) throw new Error(`${await server.ended}:\n${server.tail()}`);
    last = await probe(`${url}/readyz`, token);
    if (last === 'ok') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`kube-apiserver is not ready after ${startDeadlineMs / 1000} s: ${last}\n${server.tail()}`);
}

function probe(url: string, token: string): Promise<string> {
  return new Promise((resolve) => {
    const options = {
      rejectUnauthorized: false,
      headers: { Authorization: `Bearer ${token}` },
      timeout: 2000,
      agent: false,
    };
    const probing = request(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    probing.on('timeout', () => probing.destroy());
    probing.on('error', (error) => resolve(error.message));
    probing.end();
  });
}
