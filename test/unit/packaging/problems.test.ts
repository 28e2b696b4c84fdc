import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { architectureOf } from '../../../scripts/packaging/architecture.js';
import { openDebian } from '../../../scripts/packaging/debian.js';
import { file } from '../../../scripts/packaging/entry.js';
import { imageName } from '../../../scripts/packaging/image.js';
import { writeRoot } from '../../../scripts/packaging/write-root.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const command = (...args: string[]) =>
  execa(process.execPath, ['--import=tsx', 'scripts/packaging/image-command.ts', ...args], {
    cwd: projectRoot(),
    reject: false,
  });

describe('an image is refused', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-image-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('for an architecture that there is none for', () => {
    assert.throws(() => architectureOf('riscv64'), /architecture "riscv64": choose one by --arch: amd64 or arm64/);
    assert.throws(() => architectureOf(undefined, 'ppc64'), /this machine's architecture, ppc64: choose one by --arch/);
  });

  it('with a tag that no registry takes', async () => {
    await assert.rejects(imageName('a b'), /no tag of an image: "a b"/);
    assert.match(await imageName('v1'), /^docker\.io\/openelb\/openelb-vip:v1$/);
  });

  it('where its archive cannot be written, before any work', async function () {
    this.timeout(30_000);
    const [folderMissing, isFolder, nothing, both] = await Promise.all([
      command(join(folder, 'missing', 'out.tar')),
      command(folder),
      command(),
      command('--root', folder, join(folder, 'out.tar')),
    ]);
    assert.match(folderMissing.stderr, /cannot write .*missing\/out\.tar: ENOENT/);
    assert.match(isFolder.stderr, /is a folder: name a file/);
    assert.deepEqual([folderMissing.exitCode, isFolder.exitCode], [1, 1]);
    assert.match(nothing.stderr, /say where the archive is to be written: OUT\.tar/);
    assert.match(both.stderr, /either an archive or --root, not both/);
    assert.deepEqual([nothing.exitCode, both.exitCode], [2, 2]);
  });

  it('as a folder that has something in it', async () => {
    await assert.rejects(writeRoot(projectRoot(), [[file('a', '')]]), /is not empty: name an empty folder/);
  });

  it("without the keys that Debian's packages are signed by", async () => {
    await assert.rejects(
      openDebian('amd64', { keyring: join(folder, 'none.gpg'), folder: join(folder, 'apt') }),
      /cannot check Debian's signatures without .*none\.gpg: apt-get install debian-archive-keyring/,
    );
  });
});
