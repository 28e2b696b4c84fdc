// What all properties (fast-check) have in common. PROPERTY_SEED and PROPERTY_PATH make them try what a failed run has tried: test/reporter.cjs
// prints them as one command. PROPERTY_SEED alone makes them try other cases than before.
import { createRequire } from 'node:module';
import imported from 'fast-check';

/** There are two of it: tests that tsx loads get the CommonJS one. */
const required = createRequire(import.meta.url)('fast-check');
const { PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env;

for (const fc of [imported, required]) {
  fc.configureGlobal({
    reporter(details) {
      if (!details.failed) return;
      const error = new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
      throw Object.assign(error, {
        replay: { PROPERTY_SEED: details.seed, PROPERTY_PATH: details.counterexamplePath },
      });
    },
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  });
}
