import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { programArguments } from '../../../lab/process.js';

describe('a process that ignores stray signals', function () {
  this.timeout(30_000);
  let child: ChildProcess;
  let lines: Interface;

  before(async () => {
    const program = programArguments(new URL('./programs/ignoring', import.meta.url), import.meta.url);
    child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: child.stdout! });
    assert.deepEqual(await once(lines, 'line'), ['ready']);
  });
  after(() => child.kill('SIGKILL'));

  it('goes on after each of them, those that Node knows no name of as well', async () => {
    for (const number of [14, 16, 21, 22, 24, 25, 26, 27, 29, 30, 34, 36, 37, 50, 64]) process.kill(child.pid!, number);
    const said = once(lines, 'line');
    child.stdin!.write('alive\n');
    assert.deepEqual(await Promise.race([said, once(child, 'exit')]), ['alive']);
  });

  it('is ended by SIGTERM all the same', async () => {
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });
});
