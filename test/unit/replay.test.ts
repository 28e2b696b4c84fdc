import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** What the outer run has set is not for the inner ones. */
const env = { COUNTS_FILE: undefined, SUITE: undefined, PROPERTY_SEED: undefined, PROPERTY_PATH: undefined };
const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const planted = relative(process.cwd(), fileURLToPath(new URL(`planted/property${suffix}`, import.meta.url)));

describe('a property that does not hold', () => {
  it('says one command that makes it fail the same way, and no other property run', async () => {
    const options = suffix === '.ts' ? ['--import=tsx', planted] : [planted];
    const found = await execa('node_modules/.bin/mocha', options, { reject: false, all: true, env });
    const commands = [...found.all.matchAll(/replay: (.*)$/gm)].map(([, command]) => command!);
    assert.equal(commands.length, 2, found.all);
    for (const [index, command] of commands.entries()) {
      const { exitCode, all } = await execa(command, { shell: true, reject: false, all: true, env });
      assert.equal(exitCode, 1, all);
      assert.match(all, /^ {2}0 passing.*\n {2}1 failing$/m);
      assert.match(all, /Property failed after 1 tests/);
      assert.deepEqual(counterexamples(all), [counterexamples(found.all)[index]]);
    }
  });
});

function counterexamples(output: string): readonly string[] {
  return [...output.matchAll(/^ *Counterexample: (.*)$/gm)].map(([, example]) => example!);
}
