import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const root = projectRoot();

describe('the image', function () {
  this.timeout(60_000);

  it('has every file its recipe copies, and the build context lets each of them in', () => {
    const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length >= 5, copied.join(' '));
    for (const path of copied) {
      assert.ok(allowed.includes(path), `${path} is kept out by .dockerignore`);
      if (!path.includes('*')) assert.ok(existsSync(join(root, path)), `${path} does not exist`);
    }
  });

  it('gets the native addon without its sources, and it loads from there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openelb-vip-image-'));
    try {
      const modules = join(folder, 'node_modules');
      await execa(process.execPath, [join(root, 'scripts/image-modules.mjs'), modules]);
      const load = `require('koffi').load('libc.so.6').func('int getpid()')() === process.pid || process.exit(1)`;
      await execa(process.execPath, ['-e', load], { cwd: folder });
      assert.ok((await sizeOf(modules)) < 3_000_000, `${await sizeOf(modules)} bytes`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
