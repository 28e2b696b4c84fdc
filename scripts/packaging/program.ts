// Owns: the files of the program itself: the bundle, the addon that stays outside of it, and the licences of what is in both.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../tools/project-root.js';
import type { Architecture } from './architecture.js';
import { type Entry, file } from './entry.js';
import { lockedPackage, type NpmPackage, readNpmPackage } from './npm-package.js';
import { PackagingProblem } from './problem.js';

/** An npm package that is in the image, whole or in part. `licence` as it says itself, an SPDX expression by rule. */
export interface ShippedPackage extends NpmPackage {
  readonly licence: string;
}

export interface Program {
  readonly entries: readonly Entry[];
  readonly packages: readonly ShippedPackage[];
}

/** Where the program lies in the image. */
const home = 'app';
const licenceFile = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

/** @param version what the program says of itself */
export async function program(
  architecture: Architecture,
  version: { readonly version: string; readonly commit: string },
): Promise<Program> {
  const addon = `@koromix/koffi-linux-${architecture.node}`;
  const { entries: bundle, folders } = await bundleOf(version);
  const outside = await Promise.all(['koffi', addon].map((name) => lockedPackage(`node_modules/${name}`)));
  const shipped = await Promise.all([
    ...folders.map(async (folder) => shippedPackage(await lockedPackage(folder), await readInstalled(folder))),
    ...outside.map(async (each) => shippedPackage(each, await readNpmPackage(each, describes))),
  ]);
  return {
    entries: [
      ...bundle,
      ...(await modulesOf(outside[0]!, /^(src\/.*\.c?js|index\.c?js|indirect\.c?js|package\.json)$/)),
      ...(await modulesOf(outside[1]!, /^(index\.js|package\.json|linux_[^/]+\/koffi\.node)$/)),
      ...shipped.flatMap(({ licences }) => licences),
      file(`${home}/LICENSE`, await readFile(join(projectRoot(), 'LICENSE'))),
    ],
    packages: shipped.map(({ about }) => about),
  };
}

async function bundleOf(o: {
  readonly version: string;
  readonly commit: string;
}): Promise<{ readonly entries: readonly Entry[]; readonly folders: readonly string[] }> {
  const root = projectRoot();
  const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-bundle-'));
  try {
    const out = join(scratch, 'dist');
    const contents = join(scratch, 'contents.json');
    const args = ['scripts/build.mjs', '--out', out, '--contents', contents, '--commit', o.commit];
    const built = await execa(process.execPath, args, { cwd: root, reject: false });
    if (built.exitCode !== 0) throw new PackagingProblem(`the program does not build: ${built.stderr}`);
    const paths = await readdir(out, { recursive: true, withFileTypes: true });
    const entries = paths
      .filter((each) => each.isFile() && !each.name.endsWith('.map'))
      .map(async (each) => {
        const path = join(each.parentPath, each.name);
        const inside = path.slice(out.length + 1);
        return file(`${home}/dist/${inside}`, await readFile(path), inside === 'main.js' ? 0o755 : 0o644);
      });
    return {
      entries: await Promise.all(entries),
      folders: JSON.parse(await readFile(contents, 'utf8')) as string[],
    };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function modulesOf(p: NpmPackage, wanted: RegExp): Promise<readonly Entry[]> {
  const entries = await readNpmPackage(p, (path) => wanted.test(path));
  return entries.map((entry) => ({ ...entry, path: `${home}/node_modules/${p.name}/${entry.path}`, mode: 0o644 }));
}

function describes(path: string): boolean {
  return path === 'package.json' || licenceFile.test(path);
}

/** What describes a package that is installed. */
async function readInstalled(folder: string): Promise<readonly Entry[]> {
  const from = join(projectRoot(), folder);
  const names = (await readdir(from)).filter(describes);
  return Promise.all(names.map(async (name) => file(name, await readFile(join(from, name)))));
}

/** @param described its package.json and the texts of its licence */
function shippedPackage(
  p: NpmPackage,
  described: readonly Entry[],
): { readonly about: ShippedPackage; readonly licences: readonly Entry[] } {
  const manifest = described.find(({ path }) => path === 'package.json');
  if (manifest?.kind !== 'file') throw new PackagingProblem(`the npm package ${p.name} has no package.json`);
  const { license } = JSON.parse(Buffer.from(manifest.data).toString()) as { readonly license?: unknown };
  if (typeof license !== 'string')
    throw new PackagingProblem(
      `the npm package ${p.name} does not say under which licence it is: it cannot be shipped`,
    );
  const texts = described.filter((entry) => entry !== manifest);
  return {
    about: { ...p, licence: license },
    // Some packages have no text of their own; what they say of themselves is kept instead.
    licences: (texts.length > 0 ? texts : [manifest]).map((entry) => ({
      ...entry,
      path: `${home}/licences/${p.name}@${p.version}/${entry.path}`,
      mode: 0o644,
    })),
  };
}
