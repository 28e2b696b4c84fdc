// Owns: the man page, from the tables that the command lines are parsed by.
import type { Command } from '../../src/cli/command.js';
import { environmentName, type Flag } from '../../src/cli/flags.js';
import { commands, exitCodes } from '../reference/commands.js';

/** @param of.created RFC 3339 */
export async function manPage(of: { readonly version: string; readonly created: string }): Promise<string> {
  const all = [...(await commands())];
  return `${[
    `.TH OPENELB\\-VIP 8 ${of.created.slice(0, 10)} "openelb\\-vip ${roff(of.version)}" "System Administration"`,
    '.SH NAME',
    'openelb\\-vip \\- addresses that move to another machine when this one fails',
    '.SH SYNOPSIS',
    ...all.flatMap(([, { usage }]) => [line(usage), '.br']).slice(0, -1),
    ...section('DESCRIPTION', description),
    '.SH COMMANDS',
    'A flag wins over its variable, that over the default. Every command has \\-\\-help.',
    ...all.flatMap(([name, command]) => ofCommand(name, command)),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => item(code!, meaning!)),
    '.SH SIGNALS',
    ...signals.flatMap(([signal, meaning]) => item(signal, meaning)),
    '.SH FILES',
    ...files.flatMap(([path, meaning]) => item(path, meaning)),
    ...section('SEE ALSO', ['systemctl(1), journalctl(1), ip(8), keepalived(8)']),
  ].join('\n')}\n`;
}

const description = [
  'The agent takes part in elections by VRRP (RFC 9568) and makes the addresses of each group that it leads answer. On ' +
    'machines without Kubernetes it reads its groups from a folder. The package has it as a service:',
  'systemctl status openelb-vip',
];

const signals = [
  ['SIGTERM, SIGINT, SIGQUIT', 'The agent hands over, successors first, and ends. A second one ends it at once.'],
  ['SIGHUP', 'It reads manifests and keys again.'],
  ['SIGUSR1', 'It writes what it holds to its log.'],
  ['SIGUSR2', 'It writes what it has counted to its log.'],
] as const;

const files = [
  ['/etc/openelb-vip', 'Manifests of VipGroups, and the folders checks, keys and passwords.'],
  ['/etc/default/openelb-vip', 'Variables of the service.'],
  ['/var/lib/openelb-vip', 'What the agent remembers.'],
  ['/usr/share/doc/openelb-vip/examples', 'Manifests to begin with.'],
] as const;

function ofCommand(name: string, { about, flags }: Command): readonly string[] {
  return [`.SS ${roff(name)}`, line(about), ...flags.flatMap(ofFlag)];
}

function ofFlag(flag: Flag): readonly string[] {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : '';
  const preset = flag.default === undefined || flag.default === false ? [] : [`default ${flag.default}`];
  const variables = [environmentName(flag), ...(flag.env === undefined ? [] : [flag.env])].join(' or ');
  return item(`${short}--${flag.name}${value}`, `${flag.help} (${[...preset, variables].join('; ')})`);
}

function section(title: string, paragraphs: readonly string[]): readonly string[] {
  return [`.SH ${title}`, ...paragraphs.flatMap((each) => ['.PP', line(each)]).slice(1)];
}

function item(head: string, text: string): readonly string[] {
  return ['.TP', `.B ${roff(head)}`, line(text)];
}

/** Text that is no request, whatever it begins with. */
function line(text: string): string {
  return /^[.']/.test(text) ? `\\&${roff(text)}` : roff(text);
}

/** Source: groff_char(7). */
function roff(text: string): string {
  const named: Readonly<Record<string, string>> = { '\\': '\\e', '-': '\\-', '…': '\\&...', '–': '\\-', '"': '\\(dq' };
  return text.replace(/\s+/g, ' ').replace(/[\\\-…–"]/g, (each) => named[each]!);
}
