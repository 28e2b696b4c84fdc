import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { LabError } from './command.js';
import type { Host } from './host.js';
import type { Process } from './process.js';
import { startResponder } from './responder.js';

/** A host with an agent on it, and a program that stands for the data path of its Services. */
export interface Node {
  readonly name: string;
  readonly host: Host;
  /** The agent started last. */
  agent(): Process;
  /** Starts another agent with the same state folder; the one before must have ended. */
  startAgent(): Process;
}

export interface AgentOptions {
  /** Either of the two says where the VipGroups come from. */
  readonly kubeconfig?: string;
  readonly manifests?: string;
  readonly logLevel?: string;
  /** Where each node keeps its state; a folder per node is made in it. */
  readonly folder: string;
}

/** Starts a responder and an agent on the host. */
export async function startNode(host: Host, o: AgentOptions): Promise<Node> {
  const stateDir = join(o.folder, `${host.name}-state`);
  mkdirSync(stateDir, { recursive: true });
  await startResponder(host);
  const startAgent = () =>
    startProgram(host, 'agent', {
      'node-name': host.name,
      'state-dir': stateDir,
      'log-level': o.logLevel ?? 'info',
      ...(o.kubeconfig === undefined ? {} : { kubeconfig: o.kubeconfig }),
      ...(o.manifests === undefined ? {} : { manifests: o.manifests }),
    });
  let agent = startAgent();
  return {
    name: host.name,
    host,
    agent: () => agent,
    startAgent: () => {
      if (agent.running()) throw new LabError(`${agent.title} is still running: end it before starting another`);
      agent = startAgent();
      return agent;
    },
  };
}

/** Starts a subcommand of the built program on a host. @throws LabError when there is no build */
export function startProgram(host: Host, subcommand: string, flags: Readonly<Record<string, string>>): Process {
  const main = join(projectRoot(), 'dist', 'main.js');
  if (!existsSync(main)) throw new LabError(`${main} is missing: run npm run build`);
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return host.start(subcommand, process.execPath, [main, subcommand, ...args], { NODE_OPTIONS: '' });
}
