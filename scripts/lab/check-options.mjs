// The first thing that scripts/playground runs: ends with 2 when the command line is wrong; writes the help when it is asked for.
import { parsePlaygroundOptions, usage } from './options.mjs';

const options = parsePlaygroundOptions(process.argv.slice(2), process.env);
if (options === 'help') process.stdout.write(usage);
else if ('wrong' in options) {
  process.stderr.write(`playground: ${options.wrong}\n\n${usage}`);
  process.exitCode = 2;
}
