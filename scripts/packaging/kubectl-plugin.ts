// Owns: `kubectl eip`: the program with its Node.js as an archive for each architecture, and the manifest by which krew installs it.
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { flagsOfQuestions } from '../tools/flags-of-node.js';
import type { Architecture } from './architecture.js';
import { type Entry, file, tar } from './entry.js';

/** Stands in the manifest where the address of the folder belongs that the release is published in. */
export const releaseUrl = 'RELEASE_URL';

/** What kubectl starts: the program beside it, wherever krew has put both, with the cluster that kubectl itself would ask. */
const launcher = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
if [ -z "$KUBECONFIG" ] && [ -z "$OPENELB_KUBECONFIG" ] && [ -f "$HOME/.kube/config" ]; then
  export KUBECONFIG="$HOME/.kube/config"
fi
exec "$here/nodejs/bin/node" ${flagsOfQuestions.join(' ')} "$here/app/dist/main.js" "$@"
`;

export interface PluginArchive {
  readonly architecture: Architecture['name'];
  readonly name: string;
  readonly data: Buffer;
}

/** @param entries the files of an image: of those Node.js and the program are taken */
export async function pluginArchive(
  version: string,
  architecture: Pick<Architecture, 'name'>,
  entries: readonly Entry[],
): Promise<PluginArchive> {
  const own = entries.filter(({ path }) => /^(app|nodejs)\//.test(path));
  const packed = await tar([...own, file('kubectl-eip', launcher, 0o755)]);
  const name = `kubectl-eip-${version}-linux-${architecture.name}.tar.gz`;
  return { architecture: architecture.name, name, data: gzipSync(packed, { level: 6 }) };
}

/** Source: krew.sigs.k8s.io/v1alpha2, "Plugin". @param sums the SHA-256 of each archive in hexadecimal, by its name */
export function krewManifest(
  version: string,
  archives: readonly Pick<PluginArchive, 'architecture' | 'name'>[],
  sums: ReadonlyMap<string, string>,
): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'eip' },
    spec: {
      version: `v${version}`,
      shortDescription: 'See who holds which load balancer address, and why not',
      description:
        'Shows the pools, groups and BGP sessions of openelb-vip and who led when, checks manifests before they are applied, and says what is\n' +
        'wrong in a cluster. The verbs are those of openelb-vip: kubectl eip status, history, doctor, check, rebalance, version.\n',
      platforms: archives.map(({ architecture, name }) => ({
        selector: { matchLabels: { os: 'linux', arch: architecture } },
        uri: `${releaseUrl}/${name}`,
        sha256: sums.get(name),
        bin: 'kubectl-eip',
      })),
    },
  });
}
