// Owns: the image of one architecture: its contents and what its configuration says.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { flagsOfNode } from '../tools/flags-of-node.js';
import { projectRoot } from '../tools/project-root.js';
import { sourceCommit } from '../tools/source-commit.mjs';
import type { Architecture } from './architecture.js';
import type { ImageContents } from './contents.js';
import { type ImageSettings, ociArchive } from './oci.js';
import { PackagingProblem } from './problem.js';

/** What an image is made of. `created` is RFC 3339. */
export interface Source {
  readonly version: string;
  readonly commit: string;
  readonly created: string;
}

/** @param commit instead of what git says; `SOURCE_DATE_EPOCH` likewise, as reproducible-builds.org has it */
export async function source(commit?: string): Promise<Source> {
  const root = projectRoot();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const found = await sourceCommit(root);
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch !== undefined && !/^\d{1,11}$/.test(epoch))
    throw new PackagingProblem(`SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}: it must be whole seconds since 1970`);
  const seconds = epoch === undefined ? (found.seconds ?? 0) : Number(epoch);
  return {
    version,
    commit: commit ?? found.commit,
    created: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`,
  };
}

/** The image that the chart installs by default. @param tag instead of the chart's */
export async function imageName(tag?: string): Promise<string> {
  const read = async (name: string) => parse(await readFile(join(projectRoot(), name), 'utf8')) as unknown;
  const { image } = (await read('values.yaml')) as { image: { registry: string; repository: string } };
  const { appVersion } = (await read('Chart.yaml')) as { appVersion: string };
  const chosen = tag ?? appVersion;
  if (!/^[\w][\w.-]{0,127}$/.test(chosen))
    throw new PackagingProblem(
      `no tag of an image: ${JSON.stringify(chosen)}: it has letters, digits, _ . and -, 128 at most`,
    );
  return `${image.registry}/${image.repository}:${chosen}`;
}

export function imageSettings(name: string, architecture: Architecture, of: Source): ImageSettings {
  return {
    name,
    architecture,
    created: of.created,
    labels: {
      'org.opencontainers.image.title': 'openelb-vip',
      'org.opencontainers.image.description': 'A load balancer for bare-metal Kubernetes, compatible with OpenELB',
      'org.opencontainers.image.version': of.version,
      'org.opencontainers.image.revision': of.commit,
      'org.opencontainers.image.created': of.created,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
    entryPoint: ['/nodejs/bin/node', ...flagsOfNode(), '/app/dist/main.js'],
    command: ['--help'],
    environment: ['PATH=/nodejs/bin', 'NODE_ENV=production'],
    folder: '/app',
    // The agent's Pod asks for root, which its capabilities need.
    user: '65534:65534',
  };
}

/** The bytes of the archive. */
export function imageArchive(settings: ImageSettings, contents: ImageContents): Promise<Buffer> {
  return ociArchive(settings, contents.layers);
}
