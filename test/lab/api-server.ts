import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { refusedCalls } from '../cluster/rbac/record.js';
import { LabError } from './command.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import type { Lab } from './lab.js';
import type { Access } from './node.js';
import { programArguments } from './process.js';

export interface LabApiServer {
  readonly kind: 'real' | 'small';
  /** A kubeconfig with full rights, for programs on any host that was given to `reach`. */
  readonly kubeconfig: string;
  /**
   * What a Pod with a service account of namespace openelb-system, which must exist, finds around it. The small server knows no
   * service accounts: there it is the kubeconfig.
   * @param node whose Pod of the DaemonSet by the account's name it is: only with such a token a node may speak for itself
   */
  accessOf(serviceAccount: string, node?: string): Promise<Access>;
  /** What the programs have called although the rendered RBAC does not allow it. */
  refused(): readonly string[];
  /** kubectl on the control host; what it wrote to stdout. Rejects with what it said when it fails. */
  kubectl(args: readonly string[], o?: { input?: string }): Promise<string>;
  /** `kubectl apply` with these arguments; the small server has no schemas for kubectl to validate by. */
  apply(args: readonly string[], o?: { input?: string }): Promise<void>;
  /** The command line that runs kubectl from outside the lab. */
  readonly kubectlCommand: readonly string[];
  /** Lets programs on a host use `kubeconfig`. */
  reach(host: Host): Promise<void>;
  /** Stops the server and starts it again; `pauseMs` lies between. */
  restart(pauseMs: number): Promise<void>;
}

const program = (name: string) => programArguments(new URL(`./programs/${name}`, import.meta.url), import.meta.url);

/**
 * Starts an API server on a host: the real one when KUBEBUILDER_ASSETS names it, else the small one.
 *
 * @param o.manifests what besides openelb-vip.yaml says what the programs may do: see `ClusterOptions`
 */
export async function startApiServer(
  lab: Lab,
  control: Host,
  o: { dualStack?: boolean; manifests?: readonly string[] } = {},
): Promise<LabApiServer> {
  const folder = `${lab.folder}/api-server`;
  const server = control.start('api-server', process.execPath, [
    ...program('cluster'),
    control.address,
    folder,
    o.dualStack ? 'dual-stack' : 'ipv4',
    ...(o.manifests ?? []),
  ]);
  const lines: string[] = [];
  server.onLine((line) => lines.push(line));
  const nextLine = (what: string, withinMs: number) =>
    Promise.race([
      eventually(what, () => lines.shift(), { withinMs, onTimeout: () => server.log() }),
      server.exited.then(() => {
        throw new LabError(`${server.title} ended: ${server.log()}`);
      }),
    ]);
  const ready = JSON.parse(await nextLine('the API server ready', 90_000)) as Ready;
  const { kubectl: binary } = await unpackTools();
  const kubectlFlags = ['--kubeconfig', ready.kubeconfig, '--cache-dir', `${lab.folder}/kubectl-cache`];
  const kubectlCommand = ['ip', 'netns', 'exec', control.namespace, binary, ...kubectlFlags];
  const { port, protocol } = new URL(ready.url);
  const plain = protocol === 'http:';
  const kubeconfig = plain ? await onLoopback(ready, `${lab.folder}/kubeconfig`) : ready.kubeconfig;

  const runKubectl: LabApiServer['kubectl'] = async (args, { input } = {}) => {
    const [command = '', ...rest] = kubectlCommand;
    const result = await execa(command, [...rest, ...args], {
      reject: false,
      ...(input === undefined ? {} : { input }),
    });
    if (result.failed) throw new LabError(`kubectl ${args.join(' ')}: ${result.stderr || result.message}`);
    return result.stdout;
  };

  return {
    kind: ready.kind,
    kubeconfig,
    kubectlCommand,
    accessOf: async (serviceAccount, node): Promise<Access> => {
      if (ready.kind === 'small') return { flags: { kubeconfig }, env: {} };
      const inNamespace = (args: readonly string[], input?: object) =>
        runKubectl(['-n', 'openelb-system', ...args], input && { input: JSON.stringify(input) });
      const name = node === undefined ? serviceAccount : `${serviceAccount}-${node}`;
      if (node !== undefined) {
        const uid = await inNamespace(['get', 'daemonset', serviceAccount, '-o', 'jsonpath={.metadata.uid}']);
        await inNamespace(['create', '-f', '-'], podOf(serviceAccount, { name, node, uid }));
      }
      const bound = node === undefined ? [] : ['--bound-object-kind=Pod', `--bound-object-name=${name}`];
      const token = await inNamespace(['create', 'token', serviceAccount, '--duration=24h', ...bound]);
      const secrets = `${lab.folder}/${name}`;
      await mkdir(secrets, { mode: 0o755, recursive: true }); // a program may run as nobody
      await writeFile(`${secrets}/token`, token);
      await writeFile(`${secrets}/namespace`, 'openelb-system');
      await writeFile(`${secrets}/ca.crt`, ready.certificateAuthority ?? '');
      return { flags: {}, env: { KUBERNETES_SERVICE_HOST: control.address, KUBERNETES_SERVICE_PORT: port }, secrets };
    },
    refused: () => refusedCalls(folder),
    kubectl: runKubectl,
    apply: async (args, o) => {
      await runKubectl(['apply', `--validate=${ready.kind === 'real'}`, ...args], o);
    },
    reach: async (host) => {
      if (!plain) return;
      const args = [...program('relay'), '127.0.0.1', port, control.address, port];
      const relay = host.start('relay', process.execPath, args);
      let listening = false;
      relay.onLine(() => {
        listening = true;
      });
      await eventually(`${relay.title} ready`, () => listening, { onTimeout: () => relay.log() });
    },
    restart: async (pauseMs) => {
      server.write(`restart ${pauseMs}`);
      await nextLine('the API server restarted', 90_000 + pauseMs);
    },
  };
}

/** As the DaemonSet's controller would make it; nobody runs it. */
function podOf(daemonSet: string, { name, node, uid }: { name: string; node: string; uid: string }): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet, uid, controller: true }],
    },
    spec: {
      nodeName: node,
      serviceAccountName: daemonSet,
      automountServiceAccountToken: false,
      containers: [{ name: 'agent', image: 'none' }],
    },
  };
}

interface Ready {
  readonly kind: 'real' | 'small';
  readonly kubeconfig: string;
  readonly url: string;
  /** PEM; absent where the server speaks plain HTTP. */
  readonly certificateAuthority?: string;
}

async function onLoopback(ready: Ready, path: string): Promise<string> {
  const { port } = new URL(ready.url);
  const text = await readFile(ready.kubeconfig, 'utf8');
  await writeFile(path, text.replaceAll(ready.url, `http://127.0.0.1:${port}`), { mode: 0o600 });
  return path;
}
