// Owns: the page of subcommands: what each does, its flags, variables and exit codes, from the table that parses them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../../src/cli/command.js';
import { environmentName, type Flag } from '../../src/cli/flags.js';
import { projectRoot } from '../tools/project-root.js';
import { code, page, table, wrapped } from './markdown.js';

interface Loaded {
  readonly command: Command;
  /** Of the one that is made of the others. */
  completionOf(others: object): { readonly command: Command };
}

/** By name. A folder of `src` that has a `command.ts` is a subcommand; `cli` is what they have in common. */
export async function commands(): Promise<ReadonlyMap<string, Command>> {
  const source = join(projectRoot(), 'src');
  const names = readdirSync(source).filter((name) => name !== 'cli' && existsSync(join(source, name, 'command.ts')));
  const loaded = names.sort().map(async (name) => {
    const loaded = (await import(`../../src/${name}/command.js`)) as Partial<Loaded>;
    const command = loaded.command ?? loaded.completionOf?.({}).command;
    if (command === undefined) throw new Error(`src/${name}/command.ts has no command`);
    return [name, command] as const;
  });
  return new Map(await Promise.all(loaded));
}

export async function commandsPage(): Promise<string> {
  const parts = [...(await commands())].map(([name, { usage, about, flags }]) =>
    [
      `## ${name}`,
      code(usage),
      wrapped(sentence(escaped(about))),
      flags.length === 0 ? 'No flags.' : table(['flag', 'default', 'variable', 'meaning'], flags.map(row)),
    ].join('\n\n'),
  );
  return page('Commands', [wrapped(head), table(['it ends with', 'when'], exitCodes), ...parts]);
}

const head =
  'Every command has `--help`, which says the same. A flag wins over its variable, that over the default. A switch is ' +
  'set by a variable with `true` or `1`.';

export const exitCodes = [
  ['0', 'done; of a program that runs on: it was told to end, and has handed over'],
  ['1', 'failed: standard error, or the log, says why'],
  ['2', 'wrong usage: an unknown flag, a value that is none, a missing argument; nothing was done'],
  ['others', 'what the command says below'],
];

function row(flag: Flag): readonly string[] {
  const short = flag.short === undefined ? '' : `${code(`-${flag.short}`)}, `;
  const value = flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : '';
  const preset = flag.default === undefined || flag.default === false ? '' : code(String(flag.default));
  const variables = [environmentName(flag), ...(flag.env === undefined ? [] : [flag.env])].map(code).join(' or ');
  return [`${short}${code(`--${flag.name}${value}`)}`, preset, variables, escaped(flag.help)];
}

/** What would be a tag in Markdown. */
const escaped = (text: string) => text.replaceAll('<', '\\<');

const sentence = (text: string) => (/[.…]$/.test(text) ? text : `${text}.`);
