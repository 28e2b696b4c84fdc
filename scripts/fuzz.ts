// Fuzzes the decoders, guided by V8's own block coverage. See `usage`.
import { parseArgs } from 'node:util';
import { openCoverage } from '../test/fuzz/coverage.js';
import { type Finding, fuzz, type Target } from '../test/fuzz/fuzzer.js';

const usage = `npm run fuzz -- [options]

  --seconds N         how long, divided among the targets (default 60)
  --executions N      how many inputs for each target, instead of --seconds
  --seed S            a whole number; the same seed makes the same inputs (default: from the clock)
  --target NAME       one of advert, bfd, bgp, neighbor, planted; may be repeated (default: all but planted)
  --replay NAME:HEX   runs one input

Exit code 0: nothing found. 1: an input throws; its replay command is printed. 2: wrong usage.`;

const folders = ['../src/core/', '../test/fuzz/targets/'].map((folder) => new URL(folder, import.meta.url).href);
const names = ['advert', 'bfd', 'bgp', 'neighbor', 'planted'];

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  const options = readOptions();
  if (typeof options === 'string') {
    console.error(`${options}\n\n${usage}`);
    return 2;
  }
  if (options.replay) {
    const { run } = await load(options.replay.target);
    run(options.replay.input);
    console.log(`${options.replay.target}: the input shows no defect`);
    return 0;
  }
  console.log(`seed ${options.seed}`);
  for (const name of options.targets) {
    if (!(await fuzzTarget(name, options))) return 1;
  }
  return 0;
}

interface Options {
  readonly seed: number;
  readonly targets: readonly string[];
  /** For each target, one or the other. */
  readonly milliseconds: number;
  readonly executions: number;
  readonly replay?: { readonly target: string; readonly input: Uint8Array };
}

/** Fuzzes one target and tells how it went; false when an input throws. */
async function fuzzTarget(name: string, options: Options): Promise<boolean> {
  const coverage = openCoverage(folders);
  const target = await load(name);
  const begin = performance.now();
  const elapsed = () => performance.now() - begin;
  const result = fuzz(target, coverage, {
    seed: options.seed,
    goOn: (executions) => executions < options.executions && elapsed() < options.milliseconds,
  });
  coverage.close();
  const rate = Math.round((1000 * result.executions) / elapsed());
  console.log(
    `${name}: ${result.executions} executions, ${rate}/s, ${result.covered} characters of source covered, ` +
      `${result.corpus.length} inputs in the corpus (${target.seeds.length} at the start)`,
  );
  if (result.finding) tell(name, result.finding);
  return result.finding === undefined;
}

function tell(name: string, { input, error }: Finding): void {
  console.error(`${name}: an input of ${input.length} bytes throws`);
  console.error(error);
  console.error(`replay: npm run fuzz -- --replay ${name}:${Buffer.from(input).toString('hex')}`);
}

async function load(name: string): Promise<Target> {
  const module = (await import(`../test/fuzz/targets/${name}.ts`)) as { target: Target };
  return module.target;
}

function readOptions(): Options | string {
  let values: Record<'seconds' | 'executions' | 'seed' | 'replay', string | undefined> & { target?: string[] };
  try {
    const text = { type: 'string' } as const;
    const known = {
      seconds: text,
      executions: text,
      seed: text,
      replay: text,
      target: { ...text, multiple: true },
    } as const;
    values = {
      seconds: undefined,
      executions: undefined,
      seed: undefined,
      replay: undefined,
      ...parseArgs({ options: known }).values,
    };
  } catch (error) {
    return (error as Error).message;
  }
  const targets = values.target ?? names.filter((name) => name !== 'planted');
  const unknown = targets.find((name) => !names.includes(name));
  if (unknown !== undefined) return `unknown target "${unknown}"`;
  for (const name of ['seconds', 'executions', 'seed'] as const) {
    if (values[name] !== undefined && !/^\d{1,10}$/.test(values[name]))
      return `--${name} "${values[name]}" is not a whole number`;
  }
  const replay = values.replay === undefined ? undefined : /^(\w+):((?:[0-9a-f]{2})*)$/i.exec(values.replay);
  if (replay === null || (replay && !names.includes(replay[1]!))) return `--replay "${values.replay}" is not NAME:HEX`;
  return {
    seed: values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed),
    targets,
    milliseconds: values.executions === undefined ? (1000 * Number(values.seconds ?? 60)) / targets.length : Infinity,
    executions: values.executions === undefined ? Infinity : Number(values.executions),
    ...(replay && { replay: { target: replay[1]!, input: Uint8Array.from(Buffer.from(replay[2]!, 'hex')) } }),
  };
}
