import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../../scripts/tools/project-root.js';

/** Says of functions that ran once, while and after, whether they are baseline code, by V8's own word for its tests. */
const program = `
  import { setFlagsFromString } from 'node:v8';
  import { withBaselineCode } from '${join(projectRoot(), 'src/platform/v8/baseline-code.ts')}';
  setFlagsFromString('--allow-natives-syntax');
  const run = (text) => (0, eval)(text);
  const isBaseline = run('(f) => %ActiveTierIsSparkplug(f)');
  const once = (number) => {
    const f = run('(function (a) { return a + ' + number + ' })');
    f(1);
    return f;
  };
  let during;
  withBaselineCode(() => { during = once(1) });
  const after = once(2);
  let thrown;
  try {
    withBaselineCode(() => { throw new Error('of the work') });
  } catch (error) {
    thrown = error.message;
  }
  console.log(JSON.stringify({ during, after, afterError: once(3) }, (_, f) => typeof f === 'function' ? isBaseline(f) : f), thrown);
`;

describe('baseline code', function () {
  this.timeout(60_000);

  it('is made of what runs meanwhile and stays; afterwards, also after an error, code is interpreted as before', async () => {
    const node = ['--no-sparkplug', '--import=tsx', '--input-type=module', '-e', program];
    const { stdout } = await execa(process.execPath, node, { cwd: projectRoot() });
    assert.equal(stdout, '{"during":true,"after":false,"afterError":false} of the work');
  });
});
