// What scripts/playground runs. Everything for a person goes to stderr; stdout carries the one line of JSON of --once.
import assert from 'node:assert/strict';
import { startStack } from '../../test/lab/stack.js';
import { openWebView } from '../../test/lab/web-view.js';
import { bgpTour } from './bgp-tour.js';
import { writeCommands } from './commands.js';
import { prepareNetwork } from './network.js';
import { parsePlaygroundOptions } from './options.mjs';
import { whenOrphaned } from './orphan.js';
import { play } from './play.js';
import { plugInRouter } from './router.js';
import { tour } from './tour.js';

const say = (text: string) => console.error(text);
const options = parsePlaygroundOptions(process.argv.slice(2), process.env);
assert(typeof options === 'object' && 'mode' in options, 'scripts/playground has checked the options');

// As if somebody had ended it: the lab removes itself.
whenOrphaned(() => process.kill(process.pid, 'SIGTERM'));
try {
  const stack = await startStack('playground', {
    dualStack: true,
    web: !options.once,
    say: (text) => say(`* ${text}`),
  });
  await prepareNetwork(stack, { ...options, say });
  const commands = writeCommands(stack);
  const { interval, mode } = options;
  const router = mode === 'bgp' ? await plugInRouter(stack, (text) => say(`* ${text}`)) : undefined;
  const result =
    mode === 'bgp'
      ? await bgpTour(stack, router!, { interval, commands, say })
      : await tour(stack, { interval, mode, commands, say });
  if (options.once) process.stdout.write(`${JSON.stringify(result)}\n`);
  else
    await play(stack, {
      ...{ vip: result.vip, commands, say },
      view: await openWebView(stack),
      ...(router && { router: router.host }),
    });
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
