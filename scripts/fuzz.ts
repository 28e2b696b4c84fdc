// Fuzzes what reads input from outside, guided by V8's own block coverage. See `usage`.
import { parseArgs } from 'node:util';
import { readCorpus, writeCorpus } from '../test/fuzz/corpus.js';
import { openCoverage } from '../test/fuzz/coverage.js';
import { distilled, type Finding, type FuzzResult, fuzz, shrunk, type Target } from '../test/fuzz/fuzzer.js';
import { isTarget, loadTarget, realTargets, type TargetName, targetNames } from '../test/fuzz/targets/index.js';

const usage = `npm run fuzz -- [options]

  --minutes N         how long, divided among the targets (default 1)
  --seconds N         the same in seconds
  --executions N      how many inputs for each target, instead of a time
  --seed S            a whole number; the same seed makes the same inputs (default: from the clock)
  --target NAME       one of ${targetNames.join(', ').replace(/(.{70}[^,]*, )/g, '$1\n                      ')};
                      may be repeated (default: all but those that are planted)
  --blind             mutants of the seeds and the corpus alone, without a look at the coverage: for little time
  --keep              adds to test/fuzz/corpus what was found, as few inputs as cover the same
  --replay NAME:HEX   runs one input

Each run begins with the inputs of test/fuzz/corpus.
Exit code 0: nothing found. 1: an input throws; it is made small, and its replay command is printed. 2: wrong usage.`;

const here = (path: string) => new URL(path, import.meta.url);
const folders = ['../src/', '../test/fuzz/targets/'].map((folder) => here(folder).href);
const corpusFolder = here('../test/fuzz/corpus/');

const text = { type: 'string' } as const;
const known = {
  minutes: text,
  seconds: text,
  executions: text,
  seed: text,
  replay: text,
  keep: { type: 'boolean' },
  blind: { type: 'boolean' },
  target: { type: 'string', multiple: true },
} as const;

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(`${options}\n\n${usage}`);
    return 2;
  }
  if (options.replay) return replay(options.replay.target, options.replay.input);
  console.log(`seed ${options.seed}`);
  let executions = 0;
  for (const name of options.targets) {
    const result = await fuzzTarget(name, options);
    executions += result.executions;
    if (result.finding) return 1;
  }
  console.log(`all: ${executions} executions`);
  return 0;
}

interface Options {
  readonly seed: number;
  readonly targets: readonly TargetName[];
  /** For each target, one or the other. */
  readonly milliseconds: number;
  readonly executions: number;
  readonly keep: boolean;
  readonly blind: boolean;
  readonly replay?: { readonly target: TargetName; readonly input: string };
}

/** Fuzzes one target and tells how it went. */
async function fuzzTarget(name: TargetName, options: Options): Promise<FuzzResult<unknown>> {
  const coverage = options.blind ? undefined : openCoverage(folders);
  const target = await loadTarget(name);
  const known = readCorpus(name, corpusFolder, target.form);
  const begin = performance.now();
  const elapsed = () => performance.now() - begin;
  const result = await fuzz(target, coverage, {
    seed: options.seed,
    corpus: known,
    batch: Math.max(1, Math.min(options.executions / 8, 8192)) | 0,
    goOn: (executions) => executions < options.executions && elapsed() < options.milliseconds,
  });
  const rate = Math.round((1000 * result.executions) / elapsed());
  const atStart = target.seeds.length + known.length;
  console.log(
    `${name}: ${result.executions} executions, ${rate}/s, ${result.covered} characters of source covered, ` +
      `${result.corpus.length} inputs in the corpus (${atStart} at the start)`,
  );
  if (result.finding) tell(name, target, await shrunk(target, result.finding));
  else if (options.keep && coverage)
    writeCorpus(name, corpusFolder, target.form, await distilled(target, coverage, result.corpus));
  coverage?.close();
  return result;
}

function tell(name: TargetName, { form }: Target<unknown>, { input, error }: Finding<unknown>): void {
  const text = form.write(input);
  console.error(`${name}: an input throws: ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`);
  console.error(error);
  console.error(`replay: npm run fuzz -- --replay ${name}:${Buffer.from(text).toString('hex')}`);
}

async function replay(name: TargetName, text: string): Promise<0 | 2> {
  const { form, run } = await loadTarget(name);
  let input: unknown;
  try {
    input = form.read(text);
  } catch (error) {
    console.error(`--replay: ${text} is no input of ${name}: ${(error as Error).message}`);
    return 2;
  }
  await run(input);
  console.log(`${name}: the input shows no defect`);
  return 0;
}

function readOptions(): Options | string {
  try {
    return optionsOf(parseArgs({ options: known }).values);
  } catch (error) {
    return (error as Error).message;
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof known }>>['values'];

function optionsOf(values: Values): Options | string {
  const targets: TargetName[] = [];
  for (const name of values.target ?? realTargets) {
    if (!isTarget(name)) return `unknown target "${name}"`;
    targets.push(name);
  }
  for (const name of ['minutes', 'seconds', 'executions', 'seed'] as const) {
    if (values[name] !== undefined && !/^\d{1,10}$/.test(values[name]))
      return `--${name} "${values[name]}" is not a whole number`;
  }
  const replay = values.replay === undefined ? undefined : /^([\w-]+):((?:[0-9a-f]{2})*)$/i.exec(values.replay);
  if (replay === null || (replay && !isTarget(replay[1]!))) return `--replay "${values.replay}" is not NAME:HEX`;
  const seconds = values.seconds === undefined ? 60 * Number(values.minutes ?? 1) : Number(values.seconds);
  return {
    seed: values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed),
    targets,
    keep: values.keep === true,
    blind: values.blind === true,
    milliseconds: values.executions === undefined ? (1000 * seconds) / targets.length : Number.POSITIVE_INFINITY,
    executions: values.executions === undefined ? Number.POSITIVE_INFINITY : Number(values.executions),
    ...(replay && { replay: { target: replay[1] as TargetName, input: Buffer.from(replay[2]!, 'hex').toString() } }),
  };
}
