/** The subcommand `completion`: prints a script by which a shell completes commands and flags. */
import type { Command } from '../cli/command.js';
import { bashCompletion } from './bash.js';
import type { Named } from './words.js';
import { zshCompletion } from './zsh.js';

const shells: Readonly<Record<string, (commands: readonly Named[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
};

interface Loadable {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** @param subcommands by name; all are loaded, as their flags are their own */
export function completionOf(subcommands: Readonly<Record<string, Loadable>>): { readonly command: Command } {
  const command: Command = {
    usage: 'openelb-vip completion bash|zsh',
    about:
      'Prints a script by which bash or zsh completes commands, flags and their values. For a session: source <(openelb-vip completion bash). ' +
      'For all sessions: put that line into ~/.bashrc, or the script into /etc/bash_completion.d/openelb-vip; in zsh into a file _openelb-vip in ' +
      'one of the folders of $fpath.',
    flags: [],
    positionals: 'bash|zsh',
    async run(_, [shell = '', ...more]) {
      const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (script === undefined || more.length > 0) {
        process.stderr.write('openelb-vip completion: name one shell: bash or zsh\n');
        return 2;
      }
      const commands = Object.entries(subcommands).map(async ([name, { summary, load }]) => ({
        name,
        summary,
        command: (await load()).command,
      }));
      process.stdout.write(script(await Promise.all(commands)));
      return 0;
    },
  };
  return { command };
}
