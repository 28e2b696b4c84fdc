// Owns: Node.js, from npm.
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../tools/project-root.js';
import type { Architecture } from './architecture.js';
import type { Entry } from './entry.js';
import { readNpmPackage } from './npm-package.js';
import { PackagingProblem } from './problem.js';

/** The path of Node.js for this architecture, as its package has it. */
export async function nodeBinary(architecture: Architecture): Promise<string> {
  const path = join(projectRoot(), 'build/tools/node', architecture.nodePackage.version, architecture.name);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  await install(path, (await nodePackage(architecture)).binary);
  return path;
}

/** Node.js without symbols and debug information, which are 18 MB that nothing reads at run time; and its licences. */
export async function nodeRuntime(architecture: Architecture): Promise<{ binary: Buffer; licence: Buffer }> {
  const { binary, licence } = await nodePackage(architecture);
  const folder = join(projectRoot(), 'build/tools/node');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.strip-'));
  try {
    await writeFile(join(scratch, 'whole'), binary);
    const result = await execa('eu-strip', ['-o', 'stripped', 'whole'], { cwd: scratch, reject: false });
    if (result.exitCode !== 0)
      throw new PackagingProblem(
        `eu-strip, which leaves out Node's symbols, is missing or failed: apt-get install elfutils: ${result.stderr ?? result.message}`,
      );
    return { binary: await readFile(join(scratch, 'stripped')), licence };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function nodePackage({ nodePackage }: Architecture): Promise<{ binary: Buffer; licence: Buffer }> {
  const entries = await readNpmPackage(nodePackage, (path) => path === 'bin/node' || path === 'LICENSE');
  return {
    binary: dataOf(entries, 'bin/node', nodePackage.name),
    licence: dataOf(entries, 'LICENSE', nodePackage.name),
  };
}

function dataOf(entries: readonly Entry[], path: string, owner: string): Buffer {
  const found = entries.find((entry) => entry.path === path);
  if (found?.kind !== 'file') throw new PackagingProblem(`the npm package ${owner} has no ${path} any more`);
  return Buffer.from(found.data);
}

/** Beside, and moved into place: whoever else wants it meanwhile finds nothing or all of it. */
async function install(path: string, data: Buffer): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, data);
  await chmod(unfinished, 0o755);
  await rename(unfinished, path);
}
