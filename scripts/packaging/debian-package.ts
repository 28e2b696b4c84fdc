// Owns: the package for Debian: the agent as a service, with Node.js and all else that Debian's own packages do not have.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { flagsOfNode, flagsOfQuestions } from '../tools/flags-of-node.js';
import { projectRoot } from '../tools/project-root.js';
import { ar } from './ar.js';
import type { Architecture } from './architecture.js';
import { complete, type Entry, file, tar } from './entry.js';
import type { Source } from './image.js';
import { manPage } from './man-page.js';
import { nodeRuntime } from './node-runtime.js';
import { type Program, program } from './program.js';

const home = 'usr/lib/openelb-vip';
const documents = 'usr/share/doc/openelb-vip';
const maintainer = 'The openelb-vip authors <openelb-vip@users.noreply.github.com>';
/** What Node.js 24 is linked against, and what the scripts of the package call. */
const depends = 'libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 9), init-system-helpers (>= 1.54)';

/** @param folder in `deploy/debian` */
const source = (name: string) => readFile(join(projectRoot(), 'deploy/debian', name), 'utf8');

/** The same sources make the same bytes. */
export async function debianPackage(
  architecture: Architecture,
  of: Source,
): Promise<{ readonly name: string; readonly data: Buffer }> {
  const seconds = Date.parse(of.created) / 1000;
  const entries = complete(await contents(architecture, of));
  const version = debianVersion(of.version);
  const control = [
    file('control', controlText(architecture, version, entries)),
    file('md5sums', md5sums(entries)),
    file('conffiles', conffiles(entries)),
    ...(await Promise.all(['postinst', 'prerm', 'postrm'].map(async (name) => file(name, await source(name), 0o755)))),
  ];
  const packed = async (each: readonly Entry[]) => gzipSync(await tar(each, seconds));
  return {
    name: `openelb-vip_${version}_${architecture.name}.deb`,
    data: ar(
      [
        { name: 'debian-binary', data: Buffer.from('2.0\n') },
        { name: 'control.tar.gz', data: await packed(control) },
        { name: 'data.tar.gz', data: await packed(entries) },
      ],
      seconds,
    ),
  };
}

/** One that is not yet released is older for Debian, too. */
export function debianVersion(version: string): string {
  return `${version.replace('-', '~')}-1`;
}

async function contents(architecture: Architecture, of: Source): Promise<readonly Entry[]> {
  const [made, { binary, licence }] = await Promise.all([program(architecture, of), nodeRuntime(architecture)]);
  const starter = (await source('openelb-vip.sh'))
    .replace('@FLAGS@', flagsOfNode().join(' '))
    .replace('@FLAGS_OF_QUESTIONS@', flagsOfQuestions.join(' '));
  const compressed = (path: string, text: string) => file(path, gzipSync(text, { level: 9 }));
  const changes = await readFile(join(projectRoot(), 'CHANGELOG.md'), 'utf8');
  return [
    file('usr/bin/openelb-vip', starter, 0o755),
    file(`${home}/node`, binary, 0o755),
    ...made.entries.flatMap(installed),
    file('usr/lib/systemd/system/openelb-vip.service', await source('openelb-vip.service')),
    file('etc/default/openelb-vip', await source('openelb-vip.default')),
    file('etc/openelb-vip/README', await source('README.etc')),
    { kind: 'folder', path: 'etc/openelb-vip/checks', mode: 0o755 },
    { kind: 'folder', path: 'etc/openelb-vip/keys', mode: 0o700 },
    { kind: 'folder', path: 'etc/openelb-vip/passwords', mode: 0o700 },
    compressed('usr/share/man/man8/openelb-vip.8.gz', await manPage(of)),
    file('usr/share/bash-completion/completions/openelb-vip', await completion('bash')),
    file('usr/share/zsh/vendor-completions/_openelb-vip', await completion('zsh')),
    file(`${documents}/copyright`, await source('copyright')),
    compressed(`${documents}/notices.gz`, notices(made, licence.toString())),
    compressed(`${documents}/changelog.Debian.gz`, debianChanges(of)),
    compressed(`${documents}/changelog.gz`, changes),
    ...(await examples()),
    file('usr/share/lintian/overrides/openelb-vip', await source('lintian-overrides')),
  ];
}

/** Where a file of the program lies. Its licences are in one file, and this machine's C library is glibc. */
function installed(entry: Entry): readonly Entry[] {
  const path = entry.path.replace(/^app\//, '');
  if (path === 'LICENSE' || path.startsWith('licences/') || path.includes('/musl_')) return [];
  if (entry.kind !== 'file') return [{ ...entry, path: `${home}/${path}` }];
  const isStarted = path === 'dist/main.js'; // by usr/bin/openelb-vip, not by itself
  const data = isStarted
    ? Buffer.from(entry.data)
        .toString()
        .replace(/^#!.*\n/, '')
    : entry.data;
  return [file(`${home}/${path}`, data)];
}

async function examples(): Promise<readonly Entry[]> {
  const from = join(projectRoot(), 'deploy/samples');
  const found = withoutKubernetes.map(async (folder) => {
    const names = (await readdir(join(from, folder))).sort();
    return names.map(async (name) => {
      const text = await readFile(join(from, folder, name));
      const mode = text.toString('latin1', 0, 2) === '#!' ? 0o755 : 0o644;
      return file(`${documents}/examples/${folder}/${name}`, text, mode);
    });
  });
  return Promise.all((await Promise.all(found)).flat());
}

/** Samples that need no cluster. */
export const withoutKubernetes = ['control-plane', 'database', 'router'];

async function completion(shell: string): Promise<string> {
  const args = ['--import=tsx', 'src/main.ts', 'completion', shell];
  const { stdout } = await execa(process.execPath, args, { cwd: projectRoot() });
  return `${stdout}\n`;
}

/** The texts of all licences, each once. */
function notices({ entries }: Program, ofNode: string): string {
  const texts = new Map<string, string[]>([[ofNode.trim(), ['Node.js']]]);
  for (const entry of entries) {
    const owner = /^app\/licences\/((?:@[^/]+\/)?[^/]+)\//.exec(entry.path)?.[1];
    if (owner === undefined || entry.kind !== 'file') continue;
    const text = Buffer.from(entry.data).toString().trim();
    texts.set(text, [...(texts.get(text) ?? []), owner]);
  }
  const parts = [...texts].map(([text, owners]) => `${[...new Set(owners)].join(', ')}:\n\n${text}\n`);
  return parts.join(`\n${'-'.repeat(78)}\n\n`);
}

/** Source: deb-changelog(5). */
function debianChanges(of: Source): string {
  const date = new Date(of.created).toUTCString().replace('GMT', '+0000');
  return [
    `openelb-vip (${debianVersion(of.version)}) unstable; urgency=medium`,
    `  * Version ${of.version}: changelog.gz says what changed for users.`,
    ` -- ${maintainer}  ${date}\n`,
  ].join('\n\n');
}

/** Source: deb-control(5). */
function controlText(architecture: Architecture, version: string, entries: readonly Entry[]): string {
  const bytes = entries.reduce((sum, each) => sum + (each.kind === 'file' ? each.data.length : 1024), 0);
  return [
    'Package: openelb-vip',
    `Version: ${version}`,
    `Architecture: ${architecture.name}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    `Depends: ${depends}`,
    'Section: net',
    'Priority: optional',
    'Description: addresses that move to another machine when this one fails',
    ' An agent that takes part in elections by VRRP (RFC 9568), or tells routers by',
    ' BGP, and makes the addresses of each group that it leads answer. It reads its',
    ' groups from a folder of manifests.',
    ' .',
    ' The same program gives addresses to Services of type LoadBalancer on',
    ' Kubernetes; there it runs in Pods, and this package is not needed.',
    '',
  ].join('\n');
}

/** Source: deb-md5sums(5). */
function md5sums(entries: readonly Entry[]): string {
  const sums = entries.flatMap((each) =>
    each.kind === 'file' && !each.path.startsWith('etc/')
      ? [`${createHash('md5').update(each.data).digest('hex')}  ${each.path}\n`]
      : [],
  );
  return sums.join('');
}

/** What people may change, and dpkg leaves as they have it. */
function conffiles(entries: readonly Entry[]): string {
  const paths = entries.filter(({ kind, path }) => kind === 'file' && path.startsWith('etc/'));
  return paths.map(({ path }) => `/${path}\n`).join('');
}
