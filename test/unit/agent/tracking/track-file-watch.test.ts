import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrackFileWatchOptions, watchTrackFile } from '../../../../src/agent/tracking/track-file-watch.js';
import { eventually } from '../../../lab/eventually.js';

describe('a watch on a track file', () => {
  let folder: string;
  let woken: number;
  let told: string[];
  let stop: () => void;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'track-'));
    woken = 0;
    told = [];
  });
  afterEach(() => {
    stop();
    rmSync(folder, { recursive: true });
  });
  const path = (name = 'drain') => join(folder, name);
  const watch = (o: Partial<TrackFileWatchOptions> = {}) => {
    const wake = () => {
      woken += 1;
    };
    const onUnwatched = (reason: Error | undefined) => void told.push(reason?.message ?? 'watched again');
    ({ stop } = watchTrackFile({ path: path(), wake, onUnwatched, ...o }));
  };
  const wokenAfter = async (change: () => void) => {
    woken = 0;
    change();
    await eventually('a word of the change', () => woken > 0, { withinMs: 5_000 });
  };

  it('tells of a file that comes', async () => {
    watch();
    await wokenAfter(() => writeFileSync(path(), '1'));
  });
  it('tells of a file that is written in place', async () => {
    writeFileSync(path(), '1');
    watch();
    await wokenAfter(() => writeFileSync(path(), '2'));
    assert.deepEqual(told, []);
  });
  it('tells of another file in its place', async () => {
    writeFileSync(path(), '1');
    watch();
    writeFileSync(path('new'), '2');
    await wokenAfter(() => renameSync(path('new'), path()));
  });
  it('tells of a volume of Kubernetes that changes', async () => {
    mkdirSync(path('..1'));
    symlinkSync('..1', path('..data'));
    symlinkSync('..data/drain', path());
    watch();
    mkdirSync(path('..2'));
    symlinkSync('..2', path('..data_tmp'));
    await wokenAfter(() => renameSync(path('..data_tmp'), path('..data')));
  });

  it('has the file looked at each second while the folder is not there, says so, and watches it when it comes', async () => {
    watch({ path: join(folder, 'later', 'drain') });
    assert.equal(told.length, 1);
    assert.match(told[0]!, /ENOENT/);
    await wokenAfter(() => mkdirSync(join(folder, 'later')));
    await eventually('the watch', () => told.at(-1) === 'watched again', { withinMs: 5_000 });
    await wokenAfter(() => writeFileSync(join(folder, 'later', 'drain'), '1'));
    assert.equal(told.length, 2);
  });

  it('goes on where another folder takes the place of the one before', async () => {
    const file = join(folder, 'mounted', 'drain');
    mkdirSync(join(folder, 'mounted'));
    watch({ path: file });
    rmSync(join(folder, 'mounted'), { recursive: true });
    mkdirSync(join(folder, 'mounted'));
    await wokenAfter(() => {}); // the old one went
    for (let n = 0; n < 3; n++) await wokenAfter(() => writeFileSync(file, String(n)));
  });

  it('has the file looked at each second while the kernel has no watch left, whatever happened meanwhile, and says so once', async () => {
    const noneLeft = () => {
      throw Object.assign(new Error('no watch left'), { code: 'ENOSPC' });
    };
    watch({ watch: noneLeft });
    for (let look = 0; look < 2; look++) await wokenAfter(() => {});
    assert.deepEqual(told, ['no watch left']);
  });

  it('has it looked at as well after the kernel has taken the watch away, and says so', async () => {
    let fail: (error: Error) => void = () => {};
    let closed = false;
    const once = {
      on: (_: 'error', listener: (error: Error) => void) => {
        fail = listener;
      },
      close: () => {
        closed = true;
      },
    };
    watch({ watch: () => once });
    fail(new Error('taken away'));
    assert.ok(closed);
    assert.deepEqual(told, ['taken away']);
    await wokenAfter(() => {});
    assert.deepEqual(told, ['taken away', 'watched again']);
  });
});
