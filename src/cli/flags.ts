/**
 * The flags of one subcommand as a table, and what follows from the table: parsing, environment variables and help.
 */
import { parseArgs } from 'node:util';

export interface Flag {
  /** Kebab-case, without the dashes. */
  readonly name: string;
  /** One letter that stands for it behind one dash. */
  readonly short?: string;
  /** A further environment variable, beside `OPENELB_<NAME>`, that gives the value. */
  readonly env?: string;
  readonly type: 'string' | 'boolean';
  readonly default?: string | boolean;
  /** What stands for the value in the help, such as `DIR`. */
  readonly value?: string;
  readonly help: string;
  /** Why a text is no value of this flag, with the remedy; undefined when it is one. */
  readonly check?: (text: string) => string | undefined;
}

export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

export type ParsedFlags =
  | { readonly ok: true; readonly help: boolean; readonly values: FlagValues; readonly positionals: readonly string[] }
  | { readonly ok: false; readonly problem: string };

export interface FlagOptions {
  /** What the positional arguments are called in the help; without it there are none. */
  readonly positionals?: string;
}

/**
 * Reads `args` by the table. A flag wins over its `OPENELB_<NAME>` variable, that over `env`, that over the default.
 * An empty environment variable counts as absent. `problem` names the flag or variable, what is wrong and the remedy.
 */
export function parseFlags(
  flags: readonly Flag[],
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: FlagOptions = {},
): ParsedFlags {
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(
          flags.map(({ name, type, short }) => [name, { type, ...(short === undefined ? {} : { short }) }]),
        ),
      },
      allowPositionals: options.positionals !== undefined,
    });
  } catch (error) {
    return { ok: false, problem: argumentProblem(error as Error, flags, args) };
  }
  const values: Record<string, string | boolean | undefined> = {};
  for (const flag of flags) {
    const found = flagValue(flag, parsed.values[flag.name], env);
    if ('problem' in found) return { ok: false, problem: found.problem };
    values[flag.name] = found.value;
  }
  return { ok: true, help: parsed.values.help === true, values, positionals: parsed.positionals };
}

/** The environment variable that every flag has: `state-dir` is `OPENELB_STATE_DIR`. */
export function environmentName(flag: Flag): string {
  return `OPENELB_${flag.name.toUpperCase().replaceAll('-', '_')}`;
}

/** The text of `--help`: usage, what the command does, and one entry per flag. */
export function helpText(
  o: { readonly usage: string; readonly about: string; readonly flags: readonly Flag[] },
  width = 100,
): string {
  const entries = o.flags.map((flag) => {
    const notes = [flag.default === undefined || flag.default === false ? undefined : `default ${flag.default}`];
    notes.push([environmentName(flag), flag.env].filter((name) => name !== undefined).join(' or '));
    const head = `  ${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`;
    return `${head}\n${wrap(`${flag.help} (${notes.filter(Boolean).join('; ')})`, 6, width)}`;
  });
  return [
    `Usage: ${o.usage}`,
    '',
    wrap(o.about, 0, width),
    '',
    'Flags:',
    ...entries,
    '  --help\n      Print this.',
    '',
  ].join('\n');
}

type Found = { readonly value: string | boolean | undefined } | { readonly problem: string };

function flagValue(
  flag: Flag,
  given: string | boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Found {
  if (given !== undefined) return checked(flag, `--${flag.name}`, given);
  for (const name of [environmentName(flag), flag.env]) {
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || text === undefined || text === '') continue;
    if (flag.type === 'string') return checked(flag, name, text);
    if (text === 'true' || text === '1') return { value: true };
    if (text === 'false' || text === '0') return { value: false };
    return { problem: `${name}=${text}: it is a switch: set it to true or false` };
  }
  return { value: flag.default };
}

function checked(flag: Flag, from: string, value: string | boolean): Found {
  const wrong = typeof value === 'string' ? flag.check?.(value) : undefined;
  return wrong === undefined ? { value } : { problem: `${from} ${JSON.stringify(value)}: ${wrong}` };
}

function argumentProblem(error: Error, flags: readonly Flag[], args: readonly string[]): string {
  const code = (error as NodeJS.ErrnoException).code;
  const named = /'(-[^' ,]*)/.exec(error.message)?.[1];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && named !== undefined) {
    const close = nearest(named.replace(/^-+/, ''), ['help', ...flags.map((flag) => flag.name)]);
    return `unknown flag ${named}: ${close === undefined ? 'see --help for the flags there are' : `did you mean --${close}?`}`;
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    const stray = args.find((arg) => error.message.includes(`'${arg}'`)) ?? '';
    return `unexpected argument ${JSON.stringify(stray)}: every value belongs to a flag, see --help`;
  }
  return `${error.message.split('\n', 1)[0]} (see --help)`;
}

/** The candidate at an edit distance of at most 3, and less than half its length. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 4;
  for (const candidate of candidates) {
    const distance = editDistance(text, candidate);
    if (distance < bestDistance && distance * 2 < candidate.length + 1) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function wrap(text: string, indent: number, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n');
}
