import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryWatch, watchDirectory } from '../../../../src/platform/linux/directory-watch.js';
import { eventually } from '../../../lab/eventually.js';

describe('the watch of a directory', () => {
  let path: string;
  let current: DirectoryWatch | undefined;
  let looks: number;
  let told: (string | undefined)[];
  /** What the kernel says to the next attempts to watch. */
  let refusal: Error | undefined;

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'watch-'));
    [looks, told, refusal] = [0, [], undefined];
  });
  afterEach(async () => {
    current?.stop();
    await rm(path, { recursive: true, force: true });
  });
  const begin = () => {
    current = watchDirectory({
      path,
      onChange: () => void looks++,
      onUnwatched: (reason) => void told.push(reason?.message),
      watch(at, listener) {
        if (refusal !== undefined) throw refusal;
        return watch(at, listener);
      },
    });
  };
  const noneLeft = () => Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), {});

  it('tells of a change soon after it', async () => {
    begin();
    const began = performance.now();
    await writeFile(join(path, 'a'), '');
    await eventually('a look', () => looks > 0, { everyMs: 5 });
    assert.ok(performance.now() - began < 1_900, 'before the next look in any case');
    assert.deepEqual(told, []);
  });

  it('looks each second, and says why, while the kernel has no watch left; and watches as soon as it has', async () => {
    refusal = noneLeft();
    begin();
    assert.deepEqual(told, [refusal.message]);
    await eventually('two looks', () => looks >= 2);
    assert.equal(told.length, 1, 'once');
    refusal = undefined;
    await eventually('a watch', () => told.length === 2);
    assert.equal(told[1], undefined);
  });
});
