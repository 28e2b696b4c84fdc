// Owns: which files an image has, in two layers: what changes with Debian and Node.js, and what changes with the program.
import type { Architecture } from './architecture.js';
import { type DebianPackage, readDebianPackage } from './deb.js';
import { fetchDebian, openDebian } from './debian.js';
import { type Entry, file } from './entry.js';
import { nodeRuntime } from './node-runtime.js';
import { program } from './program.js';
import { billOfMaterials } from './sbom.js';

/** Node.js needs the C and C++ libraries; base-files has the texts of common licences, gcc-12-base those of the C++ library. */
const debianPackages = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];

export interface ImageContents {
  /** The lower layer first. */
  readonly layers: readonly (readonly Entry[])[];
  readonly billOfMaterials: string;
}

export async function imageContents(
  architecture: Architecture,
  version: { readonly version: string; readonly commit: string },
  say: (text: string) => void,
): Promise<ImageContents> {
  const archive = await openDebian(architecture.name, { say });
  const debian = await Promise.all((await fetchDebian(archive, debianPackages)).map(readDebianPackage));
  const { entries, packages } = await program(architecture, version);
  const bill = billOfMaterials({ ...version, architecture, debian, npm: packages });
  return {
    layers: [
      [...base(debian), ...(await nodeJs(architecture))],
      [...entries, file('app/sbom.cdx.json', bill)],
    ],
    billOfMaterials: bill,
  };
}

function base(debian: readonly DebianPackage[]): readonly Entry[] {
  const all = debian.flatMap(({ entries }) => entries);
  const isAuthority = ({ path }: Entry) => path.startsWith('usr/share/ca-certificates/');
  const authorities = all
    .filter(isAuthority)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((entry) => (entry.kind === 'file' ? Buffer.from(entry.data).toString().trimEnd() : ''));
  return [
    ...all.filter((entry) => !isAuthority(entry)),
    // As update-ca-certificates writes it. Node.js has authorities of its own; programs of checks and hooks look here.
    file('etc/ssl/certs/ca-certificates.crt', `${authorities.join('\n')}\n`),
    file('etc/passwd', 'root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
  ];
}

async function nodeJs(architecture: Architecture): Promise<readonly Entry[]> {
  const { binary, licence } = await nodeRuntime(architecture);
  return [file('nodejs/bin/node', binary, 0o755), file('usr/share/doc/nodejs/copyright', licence)];
}
