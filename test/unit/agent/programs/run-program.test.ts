import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProgramRun, runProgram } from '../../../../src/agent/programs/run-program.js';
import { eventually } from '../../../lab/eventually.js';
import { programArguments } from '../../../lab/process.js';

/** Whether a process is there, and not only its exit code. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

describe('a program that is run for somebody who waits', function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const sh = (script: string, over: Partial<ProgramRun> = {}) =>
    runProgram({
      path: '/bin/sh',
      args: ['-c', script, 'sh', folder],
      signal: AbortSignal.timeout(10_000),
      listenTo: 'stdout and stderr',
      mostOutput: 100,
      ...over,
    });
  const pidOf = (file: string) => Number(readFileSync(join(folder, file), 'utf8'));

  it('ends as it exits, with what it printed', async () => {
    assert.deepEqual(await sh('echo out; exit 0'), { ok: true, ended: 'exited with 0', output: 'out\n', more: 0 });
    assert.deepEqual(await sh('echo broken >&2; exit 3'), {
      ok: false,
      ended: 'exited with 3',
      output: 'broken\n',
      more: 0,
    });
  });

  it('ends when it exits, and takes along a child that it left behind and that holds its output open', async () => {
    const started = performance.now();
    const { ok } = await sh('sleep 60 & echo $! >"$1/child"');
    assert.ok(ok);
    assert.ok(performance.now() - started < 5_000, 'it was not waited for the child');
    await eventually('the child to be gone', () => !isAlive(pidOf('child')));
  });

  it('is not waited for when a child in a session of its own holds its output open, which goes on', async () => {
    const { ok } = await sh(
      'setsid sh -c \'echo $$ >"$0/child"; exec sleep 60\' "$1" & while ! [ -s "$1/child" ]; do :; done',
    );
    assert.ok(ok);
    try {
      assert.ok(isAlive(pidOf('child')));
    } finally {
      process.kill(pidOf('child'), 'SIGKILL');
    }
  });

  it('is ended at the signal with all its children, even when they ignore SIGTERM', async () => {
    const abort = new AbortController();
    const ending = sh('trap "" TERM; sh -c "trap \'\' TERM; sleep 60" & echo $! >"$1/child"; wait', {
      signal: abort.signal,
    });
    await eventually('the child to be there', () => existsSync(join(folder, 'child')) && pidOf('child') > 0);
    abort.abort();
    assert.equal((await ending).ended, 'did not end in time');
    await eventually('the child to be gone', () => !isAlive(pidOf('child')));
  });

  it('is not begun when the time is over before', async () => {
    const { ended } = await sh('touch "$1/begun"', { signal: AbortSignal.abort() });
    assert.equal(ended, 'did not end in time');
    assert.ok(!existsSync(join(folder, 'begun')));
  });

  it('may print without end: what is kept is bounded, and it is told how much more there was', async () => {
    const { ok, output, more } = await sh('head -c 1000000 /dev/zero | tr "\\0" x');
    assert.ok(ok);
    assert.equal(output, 'x'.repeat(100));
    assert.equal(more, 999_900);
  });

  it('is told by the signal that ended it', async () =>
    assert.equal((await sh('kill -9 $$')).ended, 'was ended by SIGKILL'));

  it('did not start when this process has no descriptors left for it, and starts when it has', () => {
    const program = programArguments(new URL('./programs/without-descriptors', import.meta.url), import.meta.url);
    const words = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, ...program];
    const { stdout, stderr } = spawnSync('/bin/sh', words, { encoding: 'utf8' });
    assert.match(stdout, /^\["did not start: .*EMFILE","exited with 0"\]$/m, stderr);
  });

  for (const [claim, over] of [
    ['does not exist', { path: '/no/such/program' }],
    ['is no program', { path: '/etc/passwd' }],
    ['has an argument that no program can have', { args: ['a\0b'] }],
    ['has more arguments than the kernel takes', { args: ['x'.repeat(4_000_000)] }],
  ] as const) {
    it(`that ${claim} is one that did not start`, async () => {
      const { ok, ended } = await sh('', over);
      assert.ok(!ok);
      assert.match(ended, /^did not start: ./);
    });
  }
});
