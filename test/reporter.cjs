// The spec reporter, which also does two things: a failure that can be replayed (`error.replay`, the environment that makes the test go the
// same way) says the command for that first; and for each file of tests, a line goes to the file that COUNTS_FILE names: what passed,
// failed and was skipped in it. scripts/test sums them up over all suites.
const { appendFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters, Runner } = require('mocha');

const { EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_FAIL, EVENT_TEST_RETRY, EVENT_RUN_END } = Runner.constants;

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.on(EVENT_TEST_FAIL, tellReplay);
    const { COUNTS_FILE: output, SUITE: suite = '' } = process.env;
    if (output) count(runner, suite, output);
  }
};

function tellReplay(test, error) {
  if (error?.replay === undefined) return;
  const { message } = error;
  error.message = `replay: ${replayCommand(test, error.replay)}\n${message}`;
  if (typeof error.stack === 'string') error.stack = error.stack.replace(message, () => error.message);
}

/** One line for a shell at the root of the project, which runs this test from its source. */
function replayCommand(test, environment) {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const source = fileOf(test).replace(/^build\/(.*)\.js$/, '$1.ts');
  const title = `^${test.fullTitle().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`;
  const quoted = `'${title.replaceAll("'", `'\\''`)}'`;
  return [...settings, 'node_modules/.bin/mocha', '--import=tsx', source, '--grep', quoted].join(' ');
}

function count(runner, suite, output) {
  const counts = new Map();
  const countOf = (test) => {
    const file = fileOf(test);
    const count = counts.get(file) ?? { suite, file, passed: [], pending: 0, failed: [] };
    counts.set(file, count);
    return count;
  };
  runner.on(EVENT_TEST_PASS, (test) => countOf(test).passed.push(test.fullTitle()));
  runner.on(EVENT_TEST_PENDING, (test) => (countOf(test).pending += 1));
  const fail = (test, error) =>
    countOf(test).failed.push({ test: test.fullTitle(), message: String(error?.message ?? error) });
  runner.on(EVENT_TEST_FAIL, fail);
  runner.on(EVENT_TEST_RETRY, fail); // a try that fails is a failure, whoever asks for another
  runner.once(EVENT_RUN_END, () => {
    for (const count of counts.values()) appendFileSync(output, `${JSON.stringify(count)}\n`);
  });
}

function fileOf(test) {
  return relative(process.cwd(), test.file ?? test.parent?.file ?? '');
}
