import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { run } from '../lab/command.js';
import type { Host } from '../lab/host.js';
import { type Node, startNode } from '../lab/node.js';
import { type Prometheus, startPrometheus } from '../lab/prometheus.js';
import { type Stack, startStack } from '../lab/stack.js';
import { alertRules, rulesFile } from './rules.js';

/** A cluster of three nodes, a node without one, and Prometheus, which scrapes all of their programs with the alerts of the chart. */
export interface MonitoredStack {
  readonly stack: Stack;
  readonly prometheus: Prometheus;
  /** A node whose agent has groups of its own, from manifests, and of which nobody in the cluster knows. */
  readonly stranger: Node;
  /** Has the stranger lead a group with this virtual router ID. */
  rival(virtualRouterId: number): void;
  /** Has the main thread of the stranger's agent meet an error that nobody foresaw. */
  plantError(): void;
  /** Makes the switch drop adverts, or not any more: nodes go on hearing everything else. */
  dropAdverts(is: boolean): Promise<void>;
}

/** @param patience as in alerts, but of this lab: `1s` for all of them */
export async function startMonitoredStack(name: string, patience?: string): Promise<MonitoredStack> {
  const stack = await startStack(name);
  try {
    return await monitored(stack, patience);
  } catch (error) {
    stack.lab.close();
    throw error;
  }
}

async function monitored(stack: Stack, patience: string | undefined): Promise<MonitoredStack> {
  const { lab, client, control, nodes } = stack;
  const host = await lab.addHost('stranger', 90);
  const manifests = join(lab.folder, 'manifests');
  const planted = join(lab.folder, 'error');
  mkdirSync(manifests);
  const env = {
    NODE_OPTIONS: `--require=${join(projectRoot(), 'test/lab/programs/planted-error.cjs')}`,
    PLANTED_ERROR: planted,
  };
  const stranger = await startNode(host, { access: { flags: {}, env }, manifests, folder: lab.folder });
  const agent = ({ name, address }: Host) => ({
    job: 'openelb-system/openelb-agent',
    address: `${address}:17472`,
    labels: { node: name },
  });
  const prometheus = await startPrometheus(client, lab, {
    targets: [
      ...nodes.map((node) => agent(node.host)),
      agent(host),
      { job: 'openelb-system/openelb-controller', address: `${control.address}:17472` },
    ],
    rules: rulesFile(alertRules().map((rule) => (patience === undefined ? rule : { ...rule, for: patience }))),
    everyMs: 500,
  });
  return {
    stack,
    prometheus,
    stranger,
    rival: (virtualRouterId) => {
      const manifest = {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'VipGroup',
        metadata: { name: 'rival' },
        spec: {
          protocol: 'vip',
          interface: 'eth0',
          addresses: ['10.77.0.190'],
          vrrp: { virtualRouterId, advertisementInterval: '100ms' },
          members: [{ node: 'stranger', priority: 100, address: host.address }],
        },
      };
      writeFileSync(join(manifests, 'rival.json'), JSON.stringify(manifest));
    },
    plantError: () => writeFileSync(planted, `${stranger.agent().pid} throw`),
    dropAdverts: async (is) => {
      const input = is ? deaf : 'delete table bridge deaf';
      await run('ip', ['netns', 'exec', lab.bridge, 'nft', '-f', '-'], { input });
    },
  };
}

const deaf = `
table bridge deaf {
  chain forwarding {
    type filter hook forward priority 1;
    ip protocol 112 drop
  }
}
`;
