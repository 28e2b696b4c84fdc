/** Asks the agent on this host. */
import { hostname } from 'node:os';
import { agentSocket, askAgent } from '../agent/ask-agent.js';
import type { AgentStatus } from '../agent/status/agent-status.js';
import type { Flag, FlagValues } from '../cli/flags.js';
import { programVersion } from '../platform/observability/program-version.js';
import { readAgentStatus } from './read-answer.js';

export const agentFlags: readonly Flag[] = [
  {
    name: 'local',
    type: 'boolean',
    help: 'Ask the agent on this host, and no API server.',
  },
  {
    name: 'agent',
    type: 'string',
    value: 'HOST:PORT',
    help: 'Ask the agent whose health or metrics address this is, on its own host: it answers over loopback only.',
    check: (text) => (URL.canParse(`http://${text}`) ? undefined : 'write HOST:PORT, for instance 127.0.0.1:17473'),
  },
  {
    name: 'node-name',
    env: 'NODE_NAME',
    type: 'string',
    value: 'NAME',
    help: 'The node name of the agent on this host, if it is not the host name.',
  },
];

export const namespaceFlag: Flag = {
  name: 'namespace',
  type: 'string',
  value: 'NAME',
  default: 'openelb-system',
  help: 'Where the programs run: by their Leases one sees who lives.',
};

export function isAboutAgent(values: FlagValues): boolean {
  return values.local === true || values.agent !== undefined;
}

export function nodeNameOf(values: FlagValues): string {
  return (values['node-name'] as string | undefined) ?? hostname().toLowerCase();
}

/** Rejects, with whom was asked, when nobody answers within two seconds. */
export async function askNamedAgent(values: FlagValues, path: string): Promise<string> {
  const node = nodeNameOf(values);
  const { agent } = values;
  const where = agent === undefined ? { socketPath: agentSocket(node) } : new URL(`http://${String(agent)}`);
  try {
    return await askAgent(where, path);
  } catch (cause) {
    const whom =
      agent === undefined ? `of node ${node} on this host (--node-name chooses another)` : `at ${String(agent)}`;
    throw new Error(`no answer from an agent ${whom}`, { cause });
  }
}

export interface AgentAnswer {
  /** As it came. */
  readonly text: string;
  readonly status: AgentStatus;
}

/** What the agent says right now. Rejects as `askNamedAgent`, and for what is no agent's answer. */
export async function askAgentStatus(values: FlagValues): Promise<AgentAnswer> {
  const text = await askNamedAgent(values, '/status');
  return { text, status: readAgentStatus(text) };
}

/** That the agent is of another version than this program; undefined while it is not. */
export function skewText(status: Pick<AgentStatus, 'node' | 'version'>): string | undefined {
  const own = programVersion().version;
  if (status.version === own) return undefined;
  return `the agent of node ${status.node} is of ${status.version === undefined ? 'another version' : `version ${status.version}`}, this program of ${own}: what only one of them knows is not shown; upgrade the older one`;
}
