// Owns: packages of Debian's release for images, through an apt of its own: it knows of no other release and of nothing that is
// installed here, and takes where packages come from out of this machine's sources. What it brings is checked by apt: the signature of
// the release, the digests of the lists in it, those of the packages in these.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../tools/project-root.js';
import { PackagingProblem } from './problem.js';

/** Debian 12: the oldest whose C library the addons and Node.js 24 run with, and what distroless images were made of. */
export const debianRelease = { name: 'bookworm', version: '12' };

export interface DebianArchive {
  readonly architecture: string;
  /** Where its state lies. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Lists younger than this are not asked for again, in milliseconds. */
const fresh = 3_600_000;

/**
 * Knows which packages the release has, as of an hour ago or less; of any age when there is no network.
 * @param o.keyring whose signatures count
 * @throws PackagingProblem when this machine has no apt, no source of Debian, or nothing that is signed by the keyring
 */
export async function openDebian(
  architecture: string,
  o: { readonly keyring?: string; readonly folder?: string; readonly say?: (text: string) => void } = {},
): Promise<DebianArchive> {
  const keyring = o.keyring ?? debianKeyring;
  const folder = o.folder ?? join(projectRoot(), 'build/tools', `debian-${debianRelease.name}-${architecture}`);
  await stat(keyring).catch((cause) => {
    throw new PackagingProblem(
      `cannot check Debian's signatures without ${keyring}: apt-get install debian-archive-keyring`,
      {
        cause,
      },
    );
  });
  for (const name of ['lists/partial', 'archives/partial', 'debs'])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(folder, 'sources.list'), await sources(architecture, keyring));
  await writeFile(join(folder, 'apt.conf'), settings(folder, architecture));
  const archive = { architecture, folder, environment: { APT_CONFIG: join(folder, 'apt.conf') } };
  await update(archive, o.say ?? (() => {}));
  return archive;
}

/** Fetches packages, unless they are there, and gives the paths of their files, in the order of `names`. */
export async function fetchDebian(archive: DebianArchive, names: readonly string[]): Promise<readonly string[]> {
  const folder = join(archive.folder, 'debs');
  const { exitCode, stderr } = await apt(archive, 'apt-get', ['download', '-q', ...names], folder);
  if (exitCode !== 0)
    throw new PackagingProblem(
      `apt-get could not fetch ${names.join(' ')} of Debian ${debianRelease.name}: ${stderr.trim()}`,
    );
  const { stdout } = await apt(archive, 'apt-cache', ['show', '--no-all-versions', ...names]);
  const versions = new Map<string, string>();
  for (const block of stdout.split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(block)?.[1];
    const version = /^Version: (.*)$/m.exec(block)?.[1];
    if (name !== undefined && version !== undefined) versions.set(name, version.replaceAll(':', '%3a'));
  }
  const files = await readdir(folder);
  const wanted = names.map((name) => {
    const found = files.find((each) => each.startsWith(`${name}_${versions.get(name)}_`));
    if (found === undefined)
      throw new PackagingProblem(`apt-get said that it fetched ${name}, and it is not in ${folder}`);
    return found;
  });
  for (const old of files) if (!wanted.includes(old)) await rm(join(folder, old));
  return wanted.map((name) => join(folder, name));
}

/** Of each source of Debian's own that this machine has, the same of the release for images. */
async function sources(architecture: string, keyring: string): Promise<string> {
  const format = '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { exitCode, stdout } = await execa('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    reject: false,
  });
  if (exitCode !== 0)
    throw new PackagingProblem(
      "apt-get is missing, or does not work: an image takes its C library from Debian's packages",
    );
  const lines = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [origin, uri, release, component] = line.split(' ');
    if (origin !== 'Debian' || component !== 'main' || release === undefined) continue;
    const kind = /^[a-z]+(-security|-updates)?$/.exec(release);
    if (kind === null) continue;
    lines.add(`deb [arch=${architecture} signed-by=${keyring}] ${uri} ${debianRelease.name}${kind[1] ?? ''} main`);
  }
  if (lines.size === 0)
    throw new PackagingProblem(
      "apt knows no source of Debian's own on this machine: run apt-get update, and see /etc/apt/sources.list.d",
    );
  return `${[...lines].sort().join('\n')}\n`;
}

function settings(folder: string, architecture: string): string {
  return [
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    'Dir::Etc::sourceparts "/dev/null";',
    `Dir::State "${folder}";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures "${architecture}";`,
    'APT::Sandbox::User "";',
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    '',
  ].join('\n');
}

async function update(archive: DebianArchive, say: (text: string) => void): Promise<void> {
  const stamp = join(archive.folder, 'updated');
  const text = await readFile(join(archive.folder, 'sources.list'), 'utf8');
  const known = (await readFile(stamp, 'utf8').catch(() => '')) === text;
  if (known && Date.now() - (await stat(stamp)).mtimeMs < fresh) return;
  const { exitCode, stderr } = await apt(archive, 'apt-get', ['update', '-q']);
  if (exitCode === 0) {
    await writeFile(`${stamp}.new`, text);
    await rename(`${stamp}.new`, stamp);
  } else if (known) {
    say(`apt-get update failed: going on with what was known of Debian ${debianRelease.name} before: ${stderr.trim()}`);
  } else {
    throw new PackagingProblem(
      `apt-get could not learn which packages Debian ${debianRelease.name} has (is there a network?): ${stderr.trim()}`,
    );
  }
}

function apt(archive: DebianArchive, command: string, args: readonly string[], cwd?: string) {
  const environment = { ...archive.environment, LC_ALL: 'C' };
  return execa(command, args, { reject: false, env: environment, ...(cwd === undefined ? {} : { cwd }) });
}
