import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { flagsOfNode } from '../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { LabError } from './command.js';
import type { Around } from './confined.js';
import type { Host } from './host.js';
import type { Process } from './process.js';
import { startResponder } from './responder.js';

/** A host with an agent on it, and a program that stands for the data path of its Services. */
export interface Node {
  readonly name: string;
  readonly host: Host;
  /** Where its agents keep their state. */
  readonly stateDir: string;
  /** Where its agent has its keys from; empty at the start. */
  readonly keysDir: string;
  /** Where its agent has programs and files for checks and hooks from; empty at the start. */
  readonly checksDir: string;
  /** The agent started last. */
  agent(): Process;
  /** Starts another agent with the same state folder; the one before must have ended. */
  startAgent(): Process;
}

/** How a program reaches the API server. */
export interface Access {
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** A folder that it finds where a Pod's service account is mounted. */
  readonly secrets?: string;
}

export interface AgentOptions {
  /** Either of the two says where the VipGroups come from; the first also gives its environment. */
  readonly access?: Access;
  readonly manifests?: string;
  readonly logLevel?: string;
  /** Where each node keeps its state; a folder per node is made in it. */
  readonly folder: string;
  /** What the agent runs in. */
  readonly around?: Around;
}

/** Starts a responder and an agent on the host. */
export async function startNode(host: Host, o: AgentOptions): Promise<Node> {
  const stateDir = join(o.folder, `${host.name}-state`);
  const keysDir = join(o.folder, `${host.name}-keys`);
  const checksDir = join(o.folder, `${host.name}-checks`);
  for (const folder of [stateDir, keysDir, checksDir]) mkdirSync(folder, { recursive: true });
  await startResponder(host);
  const startAgent = () =>
    startProgram(
      host,
      'agent',
      {
        'node-name': host.name,
        'state-dir': stateDir,
        'keys-dir': keysDir,
        'checks-dir': checksDir,
        'log-level': o.logLevel ?? 'info',
        ...(o.manifests === undefined ? { 'daemon-set': 'openelb-agent' } : { manifests: o.manifests }),
      },
      o.access,
      o.around,
    );
  let agent = startAgent();
  return {
    name: host.name,
    host,
    stateDir,
    keysDir,
    checksDir,
    agent: () => agent,
    startAgent: () => {
      if (agent.running()) throw new LabError(`${agent.title} is still running: end it before starting another`);
      agent = startAgent();
      return agent;
    },
  };
}

/** As in the chart: not from the range that outgoing connections take their ports from. */
const listening = { 'metrics-address': ':17472', 'health-address': '127.0.0.1:17473' };

/** Starts a subcommand of the built program on a host, with the flags that its image gives to Node. @throws LabError when there is no build */
export function startProgram(
  host: Host,
  subcommand: string,
  flags: Readonly<Record<string, string>>,
  access: Access = { flags: {}, env: {} },
  around: Around = (command) => command,
): Process {
  const main = join(projectRoot(), 'dist', 'main.js');
  if (!existsSync(main)) throw new LabError(`${main} is missing: run npm run build`);
  const args = Object.entries({ ...listening, ...flags, ...access.flags }).map(([name, value]) => `--${name}=${value}`);
  const env = { NODE_OPTIONS: '', ...access.env };
  const command = around([process.execPath, ...flagsOfNode(), main, subcommand, ...args], { ...process.env, ...env });
  const [program = '', ...rest] = access.secrets === undefined ? command : [...withSecrets(access.secrets), ...command];
  return host.start(subcommand, program, rest, env);
}

/**
 * Puts a folder where Pods have their service account. `ip netns exec` gives each program mounts of its own, so the machine's
 * stay as they are; and the program takes the shell's place, so that it gets the signals.
 */
function withSecrets(folder: string): readonly string[] {
  const mount =
    'mount -t tmpfs lab /run && mkdir -p /run/secrets/kubernetes.io && ' +
    'ln -s "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"';
  return ['sh', '-c', mount, folder];
}
