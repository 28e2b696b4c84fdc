// What scripts/playground runs as soon as npm's packages are there: ends with 2 when --interval is none, by the product's own rules.
import { parsePlaygroundOptions } from './options.mjs';
import { intervalProblem } from './pool.js';

const options = parsePlaygroundOptions(process.argv.slice(2), process.env);
const problem = typeof options === 'object' && 'interval' in options ? intervalProblem(options) : undefined;
if (problem !== undefined) {
  process.stderr.write(`playground: --interval ${problem}\n`);
  process.exitCode = 2;
}
