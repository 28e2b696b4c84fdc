// Lets faults befall a cluster of network namespaces, as a seed decides, and judges by kernels, a client and the API. See `usage`.
import { parseArgs } from 'node:util';
import { plan, runRounds } from '../test/chaos/rounds.js';

const usage = `npm run chaos -- [options]

  --minutes N   how long (default 10)
  --rounds N    at most so many rounds
  --seed TEXT   decides what befalls whom (default: the time of day, which is printed)
  --only N      that round alone
  --no-shrink   do not look for the fault that is to blame

Needs root, and KUBEBUILDER_ASSETS for a real kube-apiserver. Exit code 0: nothing was broken. 1: something was, with the history and a
command that does it again. 2: wrong usage.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now()) },
    only: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { seed } = values;
const minutes = Number(values.minutes);
const [only, most] = [values.only, values.rounds].map((text) => (text === undefined ? undefined : Number(text)));
if (values.help) console.log(usage);
else if (!(minutes > 0) || [only, most].some((each) => each !== undefined && !(Number.isInteger(each) && each >= 0))) {
  console.error(`--minutes takes a number above 0, --rounds and --only whole ones\n\n${usage}`);
  process.exitCode = 2;
} else process.exitCode = await main();

async function main(): Promise<0 | 1> {
  console.log(`seed ${seed}`);
  const { rounds, fail } = await runRounds(`chaos${process.pid}`, {
    seed,
    first: only ?? 0,
    last: only ?? (most === undefined ? undefined : most - 1),
    until: performance.now() + minutes * 60_000,
    say: console.log,
  });
  console.log(`${rounds} rounds, nothing broken`);
  if (fail === undefined) return 0;
  console.error(`round ${fail.round}: ${fail.text}\n${fail.history.map((line) => `  ${line}`).join('\n')}`);
  console.error(`replay: npm run chaos -- --seed ${seed} --only ${fail.round}`);
  if (!values['no-shrink']) await shrink(fail.round);
  return 1;
}

/** Says which faults of the round suffice, as far as it fails again. */
async function shrink(round: number): Promise<void> {
  const count = plan(seed, round, 3).length;
  const without: number[] = [];
  for (let index = 0; index < count && count > 1; index += 1) {
    const tried = [...without, index];
    if (tried.length === count) break;
    const { fail } = await runRounds(`shrink${process.pid}`, {
      seed,
      first: round,
      last: round,
      until: Number.POSITIVE_INFINITY,
      without: tried,
      say: () => {},
    });
    if (fail !== undefined) without.push(index);
  }
  const needed = plan(seed, round, 3).filter((_, index) => !without.includes(index));
  console.error(
    without.length === 0
      ? 'with a fault less it does not fail again'
      : `these suffice: ${needed.map(({ fault }) => fault.name).join('; ')}`,
  );
}
