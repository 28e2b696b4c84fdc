import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../../scripts/tools/project-root.js';

/** Compiles functions that run once; says how much bytecode there is before and after, and that one of them can be called again. */
const program = `
  import { getHeapCodeStatistics } from 'node:v8';
  import { collectAll } from '${join(projectRoot(), 'src/platform/v8/collect-all.ts')}';
  const bytecode = () => getHeapCodeStatistics().bytecode_and_metadata_size;
  const text = Array.from({ length: 400 }, (_, i) => 'f' + i + '(a) { let s = 0; for (const each of a) s += each * ' + i + '; return s }');
  const all = (0, eval)('({' + text.join(',') + '})');
  const keys = Object.keys(all);
  const base = bytecode();
  for (const key of keys) all[key]([1, 2, 3]);
  const before = bytecode();
  await new Promise(setImmediate);
  collectAll();
  console.log(JSON.stringify({ added: before - base, gone: before - bytecode(), again: all.f7([1, 2]) }));
`;

describe('collecting all', function () {
  this.timeout(60_000);
  const run = async (...flags: readonly string[]) => {
    const node = [...flags, '--import=tsx', '--input-type=module', '-e', program];
    const { stdout } = await execa(process.execPath, node, { cwd: projectRoot() });
    return JSON.parse(stdout) as { added: number; gone: number; again: number };
  };

  it('drops the code of functions that have run and are not running, which can be called again', async () => {
    const { added, gone, again } = await run('--expose-gc');
    assert.ok(added > 20_000 && gone > added * 0.8, `${gone} of ${added} bytes`);
    assert.equal(again, 21);
  });

  it('does nothing where there is no way to collect', async () => {
    const { added, gone } = await run();
    assert.ok(gone < added * 0.2, `${gone} of ${added} bytes`);
  });
});
