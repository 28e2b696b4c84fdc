/** Takes all descriptors that it may have, runs a program, gives them back and runs it again; says how the runs ended. */
import { closeSync, openSync } from 'node:fs';
import { runProgram } from '../../../../../src/agent/programs/run-program.js';

const run = () =>
  runProgram({ path: '/bin/true', args: [], signal: AbortSignal.timeout(10_000), listenTo: 'stderr', mostOutput: 10 })
    .then(({ ended }) => ended)
    .catch((error: Error) => `rejects: ${error.message}`);

const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // no more are left
}
const without = await run();
for (const each of taken) closeSync(each);
console.log(JSON.stringify([without, await run()]));
