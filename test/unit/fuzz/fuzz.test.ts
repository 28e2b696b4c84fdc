import assert from 'node:assert/strict';
import { execa } from 'execa';
import { realTargets } from '../../fuzz/targets/index.js';

describe('the fuzzer', function () {
  this.timeout(300_000);

  it('is led by coverage to a defect that chance would not find, and tells how to replay it', async () => {
    const found = await fuzz('--target', 'planted', '--seed', '1', '--executions', '500000');
    assert.equal(found.exitCode, 1);
    assert.match(found.stderr, /Error: the planted defect/);
    const replay = /replay: npm run fuzz -- (--replay planted:3736373237323730)$/m.exec(found.stderr);
    assert.ok(replay, found.stderr);
    const replayed = await fuzz(...replay[1]!.split(' '));
    assert.equal(replayed.exitCode, 1);
    assert.match(replayed.stderr, /Error: the planted defect/);
  });

  it('does the same again with the same seed, and something else with another', async () => {
    const [once, again, other] = await Promise.all(
      ['7', '7', '8'].map((seed) => fuzz('--seed', seed, '--target', 'planted', '--executions', '500000')),
    );
    const executions = ({ stdout }: { readonly stdout: string }) => /^planted: \d+ executions/m.exec(stdout)?.[0];
    assert.equal(executions(once!), executions(again!));
    assert.notEqual(executions(once!), executions(other!));
  });

  it('finds what only objects of a shape show, and makes the input small', async () => {
    const found = await fuzz('--target', 'planted-object', '--seed', '1', '--executions', '300000');
    assert.equal(found.exitCode, 1, found.stdout);
    const shown = /^planted-object: an input throws: (.*)$/m.exec(found.stderr)?.[1];
    const lan = { name: 'lan' };
    assert.deepEqual(JSON.parse(shown ?? ''), { spec: { mode: 'seven', count: 255, entries: [lan, lan, lan] } });
    const replay = /replay: npm run fuzz -- (--replay planted-object:[0-9a-f]+)$/m.exec(found.stderr);
    const replayed = await fuzz(...replay![1]!.split(' '));
    assert.match(replayed.stderr, /Error: the planted defect/);
  });

  it('finds nothing in the program by as much as the unit tests have time for, beginning with the kept corpus', async () => {
    const run = await fuzz('--executions', '60', '--seed', '1', '--blind');
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    for (const target of realTargets) {
      const line = new RegExp(
        `^${target}: (\\d+) executions, .* (\\d+) inputs in the corpus \\((\\d+) at the start\\)$`,
        'm',
      );
      const [, executions, corpus, known] = line.exec(run.stdout)?.map(Number) ?? [];
      assert.ok(executions! >= 60 && known! > 0, run.stdout);
      assert.equal(corpus, known);
    }
  });

  for (const [wrong, message] of [
    [['--seconds', 'x'], /--seconds "x" is not a whole number/],
    [['--target', 'x'], /unknown target "x"/],
    [['--replay', 'advert:0'], /--replay "advert:0" is not NAME:HEX/],
    [['--replay', 'advert:7a'], /--replay: z is no input of advert: it is not hexadecimal/],
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
