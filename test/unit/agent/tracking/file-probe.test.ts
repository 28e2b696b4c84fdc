import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileProbe, watchFile } from '../../../../src/agent/tracking/file-probe.js';
import { eventually } from '../../../lab/eventually.js';

describe('a check of a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'track-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name = 'drain') => join(folder, name);
  const result = () => fileProbe(path(), 2)(AbortSignal.timeout(5_000));

  it('reads what stands in it, times the multiplier', async () => {
    writeFileSync(path(), '-20\n');
    assert.deepEqual(await result(), { ok: true, adjustment: -40 });
  });
  it('fails when it is missing', async () =>
    assert.deepEqual(await result(), { ok: false, reason: `${path()} is missing` }));
  it('fails when it is no regular file, such as a pipe that nobody writes to', async () => {
    execFileSync('mkfifo', [path()]);
    assert.deepEqual(await result(), { ok: false, reason: `${path()} is no regular file` });
    rmSync(path());
    mkdirSync(path());
    assert.deepEqual(await result(), { ok: false, reason: `${path()} is no regular file` });
  });
  it('fails when it is longer than a number, and shows nothing of it', async () => {
    writeFileSync(path(), 'secret'.repeat(100));
    assert.deepEqual(await result(), { ok: false, reason: `${path()} has more than 64 bytes` });
  });

  describe('is told of', () => {
    let woken: number;
    let stop: () => void;
    const watch = (file = path()) => {
      woken = 0;
      stop = watchFile(file, () => {
        woken += 1;
      });
    };
    afterEach(() => stop());
    const told = () => eventually('a word of the change', () => woken > 0, { withinMs: 5_000 });

    /** Written again and again, since how it was is found out some time after this began. */
    const toldOfGrowth = (file = path()) =>
      eventually('a word of a change', () => {
        appendFileSync(file, '0');
        return woken > 0;
      });

    it('a file that comes', async () => {
      watch();
      writeFileSync(path(), '1');
      await told();
    });
    it('a file that is written in place', async () => {
      writeFileSync(path(), '1');
      watch();
      writeFileSync(path(), '2');
      await told();
    });
    it('another file in its place', async () => {
      writeFileSync(path(), '1');
      watch();
      writeFileSync(path('new'), '2');
      renameSync(path('new'), path());
      await told();
    });
    it('a volume of Kubernetes that changes', async () => {
      mkdirSync(path('..1'));
      symlinkSync('..1', path('..data'));
      symlinkSync('..data/drain', path());
      watch();
      mkdirSync(path('..2'));
      symlinkSync('..2', path('..data_tmp'));
      renameSync(path('..data_tmp'), path('..data'));
      await told();
    });
    it('a file in a folder that comes later', async () => {
      const file = join(folder, 'later', 'drain');
      watch(file);
      mkdirSync(join(folder, 'later'));
      await toldOfGrowth(file);
    });
    it('a change while the kernel has no watch left', async () => {
      writeFileSync(path(), '1');
      const wake = () => {
        woken += 1;
      };
      woken = 0;
      stop = watchFile(path(), wake, () => {
        throw Object.assign(new Error('no watch left'), { code: 'ENOSPC' });
      });
      await toldOfGrowth();
    });
    it('a change after the kernel has taken the watch away', async () => {
      writeFileSync(path(), '1');
      let fail = () => {};
      let closed = false;
      woken = 0;
      const wake = () => {
        woken += 1;
      };
      stop = watchFile(path(), wake, () => ({
        on(_, listener) {
          fail = listener;
        },
        close() {
          closed = true;
        },
      }));
      fail();
      assert.ok(closed);
      await toldOfGrowth();
    });
  });
});
