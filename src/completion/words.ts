/** What a shell can complete, from the tables of flags: pure. */
import type { Command } from '../cli/command.js';
import type { Flag } from '../cli/flags.js';

export interface Named {
  readonly name: string;
  readonly summary: string;
  readonly command: Pick<Command, 'flags' | 'positionals'>;
}

/** What may stand as a value: a file, a folder, a group, one of some words, or anything, of which nothing can be completed. */
export type Values = 'file' | 'folder' | 'group' | readonly string[];

/** Prints the names of the groups that there are. A cluster that does not answer holds up nobody who types. */
export const groupNames = 'timeout 2 openelb-vip status --names 2>/dev/null';

export function valuesOf(value: string | undefined): Values {
  const parts = value?.split('|') ?? [];
  if (parts.includes('FILE')) return 'file';
  if (parts.includes('DIR')) return 'folder';
  if (parts.includes('GROUP')) return 'group';
  return parts.length > 1 && parts.every((each) => /^[a-z0-9-]+$/.test(each)) ? parts : [];
}

/** As they are typed: `--output`, `-o`. */
export function spellings({ name, short }: Pick<Flag, 'name' | 'short'>): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** A text as both shells read it: nothing in it means anything to them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The first sentence of a help. */
export function brief(help: string): string {
  return help.split(/(?<=[.;]) /, 1)[0]!.replace(/[.;]$/, '');
}
