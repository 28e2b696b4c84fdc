import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VipGroupSpec } from '../../src/api/vip-group.js';
import type { Host } from './host.js';
import { furnishedLab, type Lab } from './lab.js';
import { type Node, startNode } from './node.js';

/** Nodes whose agents read their groups from a directory: the product without Kubernetes. */
export interface ManifestNodes {
  readonly lab: Lab;
  readonly client: Host;
  readonly nodes: readonly Node[];
  /** Writes the manifest of a group, the same for every node; `members` are filled in, with their addresses on eth0 or others. */
  write(
    group: string,
    spec: Pick<VipGroupSpec, 'protocol' | 'interface' | 'addresses' | 'vrrp'>,
    addressOf?: (host: Host) => string,
  ): void;
  /** Takes the manifest of a group away. */
  remove(group: string): void;
}

/** Priorities as the controller gives them: at least 20 apart, so that two nodes never time out together. */
const priorities = [254, 234, 214, 194, 174];

/** Starts `nodeCount` (at most 5) nodes n1, n2, … in a lab of that name; `env` is for their agents. */
export function startManifestNodes(
  name: string,
  nodeCount = 3,
  env: Readonly<Record<string, string>> = {},
): Promise<ManifestNodes> {
  return furnishedLab(name, (lab) => manifestNodesIn(lab, nodeCount, env));
}

async function manifestNodesIn(
  lab: Lab,
  nodeCount: number,
  env: Readonly<Record<string, string>>,
): Promise<ManifestNodes> {
  const client = await lab.addHost('client', 200);
  const hosts: Host[] = [];
  for (let i = 1; i <= nodeCount; i += 1) hosts.push(await lab.addHost(`n${i}`, 10 + i));
  const manifests = join(lab.folder, 'manifests');
  mkdirSync(manifests);
  const nodes = await Promise.all(
    hosts.map((host) => startNode(host, { access: { flags: {}, env }, manifests, folder: lab.folder })),
  );
  return {
    lab,
    client,
    nodes,
    write: (group, spec, addressOf) => {
      const manifest = {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'VipGroup',
        metadata: { name: group },
        spec: {
          ...spec,
          members: hosts.map((host, i) => ({
            node: host.name,
            address: addressOf?.(host) ?? (spec.addresses[0]?.includes(':') ? undefined : host.address),
            priority: priorities[i],
          })),
        },
      };
      const path = join(manifests, `${group}.json`);
      writeFileSync(`${path}.new`, JSON.stringify(manifest));
      renameSync(`${path}.new`, path);
    },
    remove: (group) => rmSync(join(manifests, `${group}.json`)),
  };
}
