import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { LabError, run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';

/** The cluster that scripts/cluster-nodes runs the tests beside. */
export interface RealNodes {
  /** Where its programs keep their logs: `api.log`, `n1/kubelet.log` and so on. */
  readonly folder: string;
  /** Their names: n1, n2 and n3. */
  readonly nodes: readonly string[];
  /** Runs kubectl; what it wrote to stdout. Rejects with what it said when it fails. */
  kubectl(args: readonly string[], o?: { input?: string }): Promise<string>;
  /** Runs helm likewise. */
  helm(args: readonly string[]): Promise<string>;
  /** kubectl apply. */
  apply(...objects: readonly object[]): Promise<void>;
  /** An object, or a list of them, as the API server has it. */
  get<T>(...args: readonly string[]): Promise<T>;
  /** Addresses on the eth0 of a node. */
  addresses(node: string): Promise<readonly string[]>;
  /** Every process of the node dies at once, and nothing comes through its cable any more. */
  cutPower(node: string): Promise<void>;
  /** It boots. */
  bootAgain(node: string): Promise<void>;
  /** One more host on the LAN, whose network namespace has its name. @returns its IPv4 address */
  addHost(name: string, lastOctet: number): Promise<string>;
  /** A host on the LAN: a node, the client (`c1`), or one that was added. */
  host(name: string): LanHost;
  /** The processes of a node, or of the control plane (`cp`), with this name. */
  processes(host: string, name: string): Promise<readonly number[]>;
  /** Kills kube-apiserver; the function that this returns starts it again and waits until it is ready. */
  stopApiServer(): Promise<() => Promise<void>>;
}

/** A host as others see it: what runs there. */
export type LanHost = Pick<Host, 'name' | 'run'>;

/** Undefined where there is none: the tests do not run beside one then. */
export async function realNodes(): Promise<RealNodes | undefined> {
  const { LAB: folder, NODES: numbers, KUBECONFIG: kubeconfig } = process.env;
  if (folder === undefined || numbers === undefined || kubeconfig === undefined) return undefined;
  const tools = await unpackTools();
  const call =
    (program: 'kubectl' | 'helm'): RealNodes['kubectl'] =>
    async (args, { input } = {}) => {
      const result = await execa(tools[program], args, { reject: false, ...(input === undefined ? {} : { input }) });
      if (result.failed) throw new LabError(`${program} ${args.join(' ')}: ${result.stderr || result.message}`);
      return result.stdout;
    };
  const kubectl = call('kubectl');
  const helm = call('helm');
  const get = async <T>(...args: readonly string[]) => JSON.parse(await kubectl(['get', ...args, '-o', 'json'])) as T;
  // The cluster's own functions, which its shell has exported.
  const inShell = (script: string, node: string) => run('bash', ['-c', script, 'bash', node, node.slice(1)]);

  return {
    folder,
    nodes: numbers.split(' ').map((number) => `n${number}`),
    kubectl,
    helm,
    get,
    apply: async (...objects) => {
      await kubectl(['apply', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
    },
    addresses: async (node) => {
      const links = JSON.parse(await run('ip', ['-n', node, '-j', 'address', 'show', 'dev', 'eth0'])) as readonly {
        readonly addr_info?: readonly { readonly local: string }[];
      }[];
      return links.flatMap(({ addr_info = [] }) => addr_info.map(({ local }) => local));
    },
    cutPower: async (node) => {
      await inShell('ip link set "$1" down; node_kill "$2"', node);
      await eventually(`no process left on ${node}`, async () => (await pidsOn(node)).length === 0);
    },
    bootAgain: async (node) => {
      // As after a reboot: nothing on the NIC but the node's own.
      const own = 10 + Number(node.slice(1));
      const script = `
        ip -n "$1" addr flush dev eth0 scope global
        ip -n "$1" addr add 10.198.0.${own}/24 dev eth0 && ip -n "$1" addr add fd98::${own}/64 dev eth0 nodad
        ip link set "$1" up
        ip -n "$1" route add default via 10.198.0.1 && ip -n "$1" route add default via fd98::1
        node_up "$2" </dev/null >/dev/null 2>&1`;
      await inShell(script, node);
      for (const other of numbers.split(' ').filter((number) => `n${number}` !== node))
        await run('ip', [
          '-n',
          node,
          'route',
          'replace',
          `fd00:244:${other}::/64`,
          'via',
          `fd98::${10 + Number(other)}`,
        ]);
    },
    addHost: async (name, lastOctet) => {
      await run('bash', ['-c', 'host "$@"', 'bash', name, String(lastOctet)]);
      return `10.198.0.${lastOctet}`;
    },
    host: (name) => ({
      name,
      run: (command, args = [], options) => run('nsenter', [`--net=/run/netns/${name}`, command, ...args], options),
    }),
    processes: processesOn,
    stopApiServer: async () => {
      const [pid] = await processesOn('cp', 'kube-apiserver');
      if (pid === undefined) throw new LabError('kube-apiserver does not run');
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
      process.kill(pid, 'SIGKILL');
      return async () => {
        const script = 'cd "$0" && exec nsenter --net=/run/netns/cp "$@" >>api.log 2>&1';
        const again = execa('bash', ['-c', script, folder, ...command], { stdio: 'ignore', reject: false });
        again.unref();
        await eventually('kube-apiserver ready', async () => (await kubectl(['get', '--raw', '/readyz'])) === 'ok');
      };
    },
  };
}

async function processesOn(host: string, name: string): Promise<readonly number[]> {
  const all = await pidsOn(host);
  const named = await Promise.all(all.map(async (pid) => (await nameOf(pid)) === name));
  return all.filter((_, at) => named[at]);
}

/** By their network namespaces: those of Pods with one of their own are not among them. */
async function pidsOn(host: string): Promise<readonly number[]> {
  return (await run('ip', ['netns', 'pids', host])).split('\n').filter(Boolean).map(Number);
}

/** The file name of what it runs. Empty when it has ended. */
async function nameOf(pid: number): Promise<string> {
  const [command = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return command.slice(command.lastIndexOf('/') + 1);
}
