// Owns: what a release consists of, and what must be true before there is one.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { projectRoot } from '../tools/project-root.js';
import { architectureNames, architectureOf } from './architecture.js';
import { changelogSection } from './changelog.js';
import { chartPackage } from './chart.js';
import { imageContents } from './contents.js';
import { debianPackage } from './debian-package.js';
import { imageArchive, imageName, imageSettings, type Source } from './image.js';
import { krewManifest, type PluginArchive, pluginArchive } from './kubectl-plugin.js';
import { PackagingProblem } from './problem.js';

export interface ReleaseFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Versions of three numbers, and what may follow them (semver.org, without build metadata, which tags of images cannot have). */
const versionPattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

/** @throws PackagingProblem that says all that is wrong, a line each */
export async function checkRelease(version: string, of: Source): Promise<void> {
  const text = (name: string) => readFile(join(projectRoot(), name), 'utf8');
  const problems: string[] = [];
  if (!versionPattern.test(version)) problems.push(`${JSON.stringify(version)} is no version: give one such as 1.2.3`);
  const chart = parse(await text('Chart.yaml')) as { readonly version: string; readonly appVersion: string };
  for (const [place, found] of [
    ['version of package.json', of.version],
    ['version of Chart.yaml', chart.version],
    ['appVersion of Chart.yaml', chart.appVersion],
  ] as const)
    if (found !== version) problems.push(`the ${place} is ${found}: set it to ${version}`);
  try {
    changelogSection(await text('CHANGELOG.md'), version);
  } catch (error) {
    if (!(error instanceof PackagingProblem)) throw error;
    problems.push(error.message);
  }
  if (!/^[0-9a-f]{40}$/.test(of.commit))
    problems.push(`the sources are at ${of.commit}: commit them, a release is made from a commit`);
  for (const script of ['render-crds', 'render-deploy']) {
    const args = ['--import=tsx', `scripts/${script}.ts`, '--check'];
    const { exitCode, stderr } = await execa(process.execPath, args, { cwd: projectRoot(), reject: false });
    if (exitCode !== 0) problems.push(stderr.trim());
  }
  if (problems.length > 0)
    throw new PackagingProblem(`not released:\n${problems.map((each) => `  ${each}`).join('\n')}`);
}

/** All files of a release, the sums of the others last. */
export async function* releaseFiles(of: Source, say: (text: string) => void): AsyncGenerator<ReleaseFile> {
  const sums = new Map<string, string>();
  const summed = (file: ReleaseFile): ReleaseFile => {
    sums.set(file.name, createHash('sha256').update(file.data).digest('hex'));
    return file;
  };
  const plugins: Pick<PluginArchive, 'architecture' | 'name'>[] = [];
  for (const architecture of architectureNames.map((name) => architectureOf(name))) {
    const contents = await imageContents(architecture, of, say);
    const base = `openelb-vip-${of.version}-linux-${architecture.name}`;
    const settings = imageSettings(await imageName(of.version), architecture, of);
    yield summed({ name: `${base}.tar`, data: await imageArchive(settings, contents) });
    yield summed({ name: `${base}.cdx.json`, data: Buffer.from(contents.billOfMaterials) });
    const plugin = await pluginArchive(of.version, architecture, contents.layers.flat());
    plugins.push({ architecture: plugin.architecture, name: plugin.name });
    yield summed(plugin);
    yield summed(await debianPackage(architecture, of));
  }
  yield summed({ name: 'krew-eip.yaml', data: Buffer.from(krewManifest(of.version, plugins, sums)) });
  yield summed(await chartPackage());
  const text = (name: string) => readFile(join(projectRoot(), name), 'utf8');
  yield summed({ name: 'openelb-vip.yaml', data: Buffer.from(await text('deploy/openelb-vip.yaml')) });
  for (const [name, folder] of [
    ['crds.yaml', 'deploy/crds'],
    ['crds-with-rules.yaml', 'deploy/crds-with-rules'],
  ] as const) {
    const names = (await readdir(join(projectRoot(), folder))).filter((each) => each.endsWith('.yaml')).sort();
    const documents = await Promise.all(names.map((each) => text(`${folder}/${each}`)));
    yield summed({ name, data: Buffer.from(documents.map((each) => each.replace(/^---\n/, '')).join('---\n')) });
  }
  const notes = changelogSection(await text('CHANGELOG.md'), of.version);
  yield summed({ name: 'RELEASE-NOTES.md', data: Buffer.from(`# openelb-vip ${of.version}\n\n${notes}\n`) });
  yield { name: 'SHA256SUMS', data: Buffer.from([...sums].map(([name, sum]) => `${sum}  ${name}\n`).join('')) };
}
