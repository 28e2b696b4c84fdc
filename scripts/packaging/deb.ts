// Owns: reading one package of Debian.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { type Entry, file } from './entry.js';
import { readTar } from './read-tar.js';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** What of it goes into an image, and its record for scanners. */
  readonly entries: readonly Entry[];
}

/** Shared objects, what is said of the package, and what only one of them has: no programs, scripts, headers or translations. */
const wanted = [
  /^(usr\/)?lib(64)?\/([^/]+-linux-gnu\/)?[^/]+\.so(\.[^/]*)?$/,
  /^usr\/share\/doc\/[^/]+(\/copyright)?$/,
  /^usr\/share\/common-licenses\/[^/]+$/,
  /^(etc|usr\/lib)\/os-release$/,
  /^usr\/share\/ca-certificates\/mozilla\/[^/]+\.crt$/,
];

export async function readDebianPackage(path: string): Promise<DebianPackage> {
  const { stdout: control } = await execa('dpkg-deb', ['--field', path]);
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1] ?? '';
  const { stdout: archive } = await execa('dpkg-deb', ['--fsys-tarfile', path], {
    encoding: 'buffer',
    maxBuffer: 1024 ** 3,
  });
  const entries = await readTar(archive, (each) => wanted.some((pattern) => pattern.test(each)));
  return {
    name: field('Package'),
    version: field('Version'),
    architecture: field('Architecture'),
    sha256: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
    entries: [
      ...entries.filter(({ kind }) => kind !== 'folder'),
      // Where scanners look for packages in an image that has no dpkg, as they do in distroless ones.
      file(`var/lib/dpkg/status.d/${field('Package')}`, `${control}\n`),
    ],
  };
}
