// The spec reporter, which also adds a line for each file of tests to the file that COUNTS_FILE names: what passed, failed and was
// skipped in it. scripts/test sums them up over all suites.
const { appendFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters, Runner } = require('mocha');

module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { COUNTS_FILE: output, SUITE: suite = '' } = process.env;
    if (!output) return;
    const counts = new Map();
    const countOf = (test) => {
      const file = relative(process.cwd(), test.file ?? test.parent?.file ?? '');
      const count = counts.get(file) ?? { suite, file, passes: 0, pending: 0, failed: [] };
      counts.set(file, count);
      return count;
    };
    const { EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_FAIL, EVENT_RUN_END } = Runner.constants;
    runner.on(EVENT_TEST_PASS, (test) => (countOf(test).passes += 1));
    runner.on(EVENT_TEST_PENDING, (test) => (countOf(test).pending += 1));
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      countOf(test).failed.push({ test: test.fullTitle(), message: String(error?.message ?? error) });
    });
    runner.once(EVENT_RUN_END, () => {
      for (const count of counts.values()) appendFileSync(output, `${JSON.stringify(count)}\n`);
    });
  }
};
