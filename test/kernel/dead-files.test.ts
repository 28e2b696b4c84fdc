import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSmallFile } from '../../src/platform/linux/small-file.js';
import { type DeadFileSystem, mountDead } from '../lab/dead-file-system.js';

describe('files on a file system that is dead', () => {
  let folder: string;
  let dead: DeadFileSystem | undefined;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'openelb-dead-'));
    dead = mountDead(join(folder, 'dead'));
    if (dead === undefined) {
      console.log('    skipped: this machine mounts no FUSE file system');
      this.skip();
    }
  });
  after(() => {
    dead?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('hold others up for no longer than a moment, when there are two, each wanted again and again', async () => {
    const reads = ['a', 'b', 'a', 'b'].map((name) => readSmallFile(join(folder, 'dead', name), 100));
    const ended = Promise.allSettled(reads);
    const live = ['c', 'd', 'e'].map((name) => join(folder, name));
    for (const path of live) writeFileSync(path, 'alive');
    const read = Promise.all(live.map((path) => readSmallFile(path, 100)));
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, 5_000, 'late').unref());
    const found = await Promise.race([read, late]);
    assert.notEqual(found, 'late');
    assert.deepEqual(String(found), 'alive,alive,alive');
    dead!.end();
    dead = undefined;
    assert.deepEqual(new Set((await ended).map(({ status }) => status)), new Set(['rejected']));
  });
});
