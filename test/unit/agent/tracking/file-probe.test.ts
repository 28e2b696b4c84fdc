import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileProbe } from '../../../../src/agent/tracking/file-probe.js';

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
});
