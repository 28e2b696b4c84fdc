import assert from 'node:assert/strict';
import { execa } from 'execa';

describe('the fuzzer', function () {
  this.timeout(300_000);

  it('is led by coverage to a defect that chance would not find, and tells how to replay it', async () => {
    const found = await fuzz('--target', 'planted', '--seed', '1', '--executions', '500000');
    assert.equal(found.exitCode, 1);
    assert.match(found.stderr, /Error: the planted defect/);
    const replay = /replay: npm run fuzz -- (--replay planted:76727270[0-9a-f]*)$/m.exec(found.stderr);
    assert.ok(replay, found.stderr);
    const replayed = await fuzz(...replay[1]!.split(' '));
    assert.equal(replayed.exitCode, 1);
    assert.match(replayed.stderr, /Error: the planted defect/);
  });

  it('does the same again with the same seed, and something else with another', async () => {
    const [once, again, other] = await Promise.all(
      ['7', '7', '8'].map((seed) => fuzz('--seed', seed, '--target', 'planted', '--executions', '500000')),
    );
    assert.equal(once!.stderr, again!.stderr);
    assert.notEqual(once!.stderr, other!.stderr);
  });

  it('finds nothing in the decoders by as much as the unit tests have time for', async () => {
    const run = await fuzz('--executions', '10000');
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    for (const target of ['advert', 'bfd', 'bgp', 'neighbor']) {
      const line = new RegExp(
        `^${target}: (\\d+) executions, .* (\\d+) inputs in the corpus \\((\\d+) at the start\\)$`,
        'm',
      );
      const [, executions, corpus, seeds] = line.exec(run.stdout)?.map(Number) ?? [];
      assert.ok(executions! >= 10_000, run.stdout);
      assert.ok(corpus! > seeds! + 3, `coverage led nowhere: ${run.stdout}`);
    }
  });

  for (const [wrong, message] of [
    [['--seconds', 'x'], /--seconds "x" is not a whole number/],
    [['--target', 'x'], /unknown target "x"/],
    [['--replay', 'advert:0'], /--replay "advert:0" is not NAME:HEX/],
    [['--what'], /Unknown option '--what'/],
  ] as const) {
    it(`refuses ${wrong.join(' ')}`, async () => {
      const run = await fuzz(...wrong);
      assert.equal(run.exitCode, 2);
      assert.match(run.stderr, message);
    });
  }
});

/** Runs the script in a process of its own: V8 counts blocks only in code that it compiles after counting began. */
function fuzz(...options: readonly string[]) {
  const env = { NODE_V8_COVERAGE: undefined };
  return execa('node', ['--import=tsx', 'scripts/fuzz.ts', ...options], { reject: false, env });
}
