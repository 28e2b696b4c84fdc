// Owns: archives of npm packages, by npm as it is set up here, each checked against what this project knows of it.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { projectRoot } from '../tools/project-root.js';
import type { Entry } from './entry.js';
import { PackagingProblem } from './problem.js';
import { readTar } from './read-tar.js';

/** `integrity` as in a lock file: `sha512-` and base64. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** What `wanted` says yes to of a package; paths are those inside of it. Fetched once, and checked each time that it is read. */
export async function readNpmPackage(p: NpmPackage, wanted: (path: string) => boolean): Promise<readonly Entry[]> {
  const kept = join(projectRoot(), 'build/tools/npm', `${p.name.replace('/', '+')}-${p.version}.tgz`);
  const known = await readFile(kept).catch(() => undefined);
  const archive = known !== undefined && integrityOf(known) === p.integrity ? known : await fetchPackage(p, kept);
  const entries = await readTar(gunzipSync(archive), (path) => wanted(path.replace(/^package\//, '')));
  return entries.map((entry) => ({ ...entry, path: entry.path.replace(/^package\//, '') }));
}

/** A package that the lock file has, by its folder, whether it is installed on this machine or not. */
export async function lockedPackage(folder: string): Promise<NpmPackage> {
  const lock = JSON.parse(await readFile(join(projectRoot(), 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const { version, integrity } = lock.packages[folder] ?? {};
  if (version === undefined || integrity === undefined)
    throw new PackagingProblem(`package-lock.json has no ${folder} with its integrity: run npm install`);
  return { name: folder.replace(/^.*node_modules\//, ''), version, integrity };
}

async function fetchPackage({ name, version, integrity }: NpmPackage, kept: string): Promise<Buffer> {
  const folder = join(projectRoot(), 'build/tools/npm');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.fetch-'));
  try {
    const args = ['pack', `${name}@${version}`, '--pack-destination', scratch, '--silent', '--ignore-scripts'];
    const { exitCode, stdout, stderr, message } = await execa('npm', args, { cwd: projectRoot(), reject: false });
    if (exitCode !== 0)
      throw new PackagingProblem(
        `npm could not fetch ${name}@${version}: ${lastLine(stderr) ?? message}: is there a network, and npm set up for it?`,
      );
    const packed = join(scratch, lastLine(stdout) ?? '');
    const archive = await readFile(packed);
    const found = integrityOf(archive);
    if (found !== integrity)
      throw new PackagingProblem(
        `${name}@${version} is not what it was: npm brought ${found}, and ${integrity} was expected`,
      );
    await rename(packed, kept);
    return archive;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function integrityOf(archive: Buffer): string {
  return `sha512-${createHash('sha512').update(archive).digest('base64')}`;
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined;
}
