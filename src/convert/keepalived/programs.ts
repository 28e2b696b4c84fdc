/** vrrp_script, track files and notify scripts of keepalived, as checks and hooks. */
import { basename } from 'node:path';
import { formatDuration } from '../../api/duration.js';
import { defined, type Fields } from '../document.js';
import { argumentsOf, entriesOf, type Statement } from './syntax.js';

/** Says something of a statement. */
export type Say = (statement: Pick<Statement, 'line'>, field: string, message: string) => void;

export interface Programs {
  readonly checks: readonly Fields[];
  readonly notify: readonly Fields[];
  /** What the checks that add to a priority while they pass have added, when all pass. */
  readonly added: number;
}

const statesOf: Readonly<Record<string, readonly string[] | undefined>> = {
  notify: undefined,
  notify_master: ['Active'],
  notify_backup: ['Backup'],
  notify_fault: ['Fault'],
  notify_stop: ['Stop'],
};

/** @param conf all of the file, in which scripts and files are defined */
export function programsOf(instance: readonly Statement[], conf: readonly Statement[], say: Say): Programs {
  const scripts = entriesOf(instance, 'track_script').map((track) => scriptCheck(track, conf, say));
  const files = entriesOf(instance, 'track_file').map((track) => fileCheck(track, conf, say));
  const made = [...scripts, ...files].filter((each) => each !== undefined);
  return {
    checks: made.map(({ check }) => check),
    added: made.reduce((sum, { added }) => sum + added, 0),
    notify: instance.map((statement) => hook(statement, say)).filter((each) => each !== undefined),
  };
}

interface Made {
  readonly check: Fields;
  readonly added: number;
}

function scriptCheck(track: Statement, conf: readonly Statement[], say: Say): Made | undefined {
  const [name = ''] = track.words;
  const script = conf.findLast(({ words }) => words[0] === 'vrrp_script' && words[1] === name);
  const command = script && program(argumentsOf(script.block, 'script')?.join(' ') ?? '');
  if (script === undefined || command === undefined) {
    say(track, `track_script ${name}`, 'there is no vrrp_script of that name with a script: left out');
    return undefined;
  }
  const { block } = script;
  const number = (keyword: string) => numberOf(argumentsOf(block, keyword)?.[0]);
  const weight = weightOf(track) ?? number('weight') ?? 0;
  sayWhere(script, `vrrp_script ${name}`, command.path, say);
  for (const keyword of ['user', 'init_fail'])
    if (argumentsOf(block, keyword) !== undefined) say(script, `vrrp_script ${name}: ${keyword}`, said[keyword]!);
  return {
    added: Math.max(weight, 0),
    check: defined({
      name: checkName(name),
      command: command.name,
      args: command.args,
      interval: seconds(number('interval') ?? 1),
      timeout: number('timeout') === undefined ? undefined : seconds(number('timeout')!),
      rise: number('rise') ?? 1,
      fall: number('fall') ?? 1,
      weight: weight === 0 ? undefined : Math.min(Math.abs(weight), 253),
    }),
  };
}

const said: Readonly<Record<string, string>> = {
  user: 'programs run as the agent does: change the user in the script (setpriv)',
  init_fail: 'a node never leads before each check without weight has passed: left out',
};

function fileCheck(track: Statement, conf: readonly Statement[], say: Say): Made | undefined {
  const [name = ''] = track.words;
  const defining = ({ words }: Statement) => ['track_file', 'vrrp_track_file'].includes(words[0]!) && words[1] === name;
  const file = conf.findLast(defining);
  const path = file && argumentsOf(file.block, 'file')?.[0];
  if (file === undefined || path === undefined) {
    say(track, `track_file ${name}`, 'there is no track_file of that name with a file: left out');
    return undefined;
  }
  say(file, `track_file ${name}`, `${path}: make it a file below the directory of --checks-dir`);
  const multiplier = weightOf(track) ?? numberOf(argumentsOf(file.block, 'weight')?.[0]) ?? 1;
  return { added: 0, check: { name: checkName(name), file: basename(path), multiplier } };
}

function hook(statement: Statement, say: Say): Fields | undefined {
  const [keyword = '', ...words] = statement.words;
  if (!Object.hasOwn(statesOf, keyword)) return undefined;
  // Quoted, the script and its arguments are one word; a user and a group may follow.
  const [script = '', ...user] = words[0]?.includes(' ') ? words : [words.join(' ')];
  const command = program(script);
  if (command === undefined) {
    say(statement, keyword, 'names no script: left out');
    return undefined;
  }
  sayWhere(statement, keyword, command.path, say);
  if (user.length > 0) say(statement, keyword, said.user!);
  return defined({ command: command.name, args: command.args, states: statesOf[keyword] });
}

function sayWhere(statement: Statement, field: string, path: string, say: Say): void {
  say(statement, field, `put ${path} into the directory of --checks-dir`);
}

function program(text: string) {
  const [path, ...args] = [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  if (path === undefined || basename(path) === '') return undefined;
  return { path, name: basename(path), args: args.length === 0 ? undefined : args };
}

function weightOf({ words }: Statement): number | undefined {
  const at = words.indexOf('weight');
  return at < 0 ? undefined : numberOf(words[at + 1]);
}

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

/** As durations are written here. */
export function seconds(value: number): string {
  return formatDuration(Math.round(value * 1e6));
}

/** Unlike names there, one of small letters, digits and dashes. */
export function checkName(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 63) || 'unnamed'
  );
}
