// What scripts/playground runs. Everything for a person goes to stderr; stdout carries the one line of JSON of --once.
import { startStack } from '../../test/lab/stack.js';
import { parsePlaygroundOptions, usage } from './options.js';
import { play } from './play.js';
import { tour } from './tour.js';

const say = (text: string) => console.error(text);
const options = parsePlaygroundOptions(process.argv.slice(2));
if (options === 'help') {
  process.stdout.write(usage);
  process.exit(0);
}
if ('wrong' in options) {
  say(`playground: ${options.wrong}\n\n${usage}`);
  process.exit(2);
}

try {
  const stack = await startStack('playground', { say: (text) => say(`* ${text}`) });
  const result = await tour(stack, { interval: options.interval, say });
  if (options.once) process.stdout.write(`${JSON.stringify(result)}\n`);
  else await play(stack, { vip: result.vip, say });
  stack.lab.close();
  process.exit(0);
} catch (error) {
  // The lab removes itself as the process ends.
  say(`playground: ${reasonOf(error)}`);
  process.exit(1);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\nbecause: ${reasonOf(error.cause)}`;
}
