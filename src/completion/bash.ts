/** The completion for bash. */
import { groupNames, type Named, quoted, spellings, type Values, valuesOf } from './words.js';

/** A script to be sourced. It needs nothing but bash 4. */
export function bashCompletion(commands: readonly Named[]): string {
  const names = [...commands.map(({ name }) => name), '--help'].join(' ');
  return `# Completion of openelb-vip for bash: source <(openelb-vip completion bash)
_openelb_vip() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W ${quoted(names)} -- "$word")
    return
  fi
  case "$command $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -F _openelb_vip openelb-vip
`;
}

function valueCases({ name, command }: Named): readonly string[] {
  return command.flags
    .filter(({ type }) => type === 'string')
    .map((flag) => {
      const patterns = spellings(flag).map((each) => quoted(`${name} ${each}`));
      return `    ${patterns.join(' | ')}) ${reply(valuesOf(flag.value))}; return ;;`;
    });
}

function commandCase({ name, command }: Named): string {
  const flags = ['--help', ...command.flags.flatMap(spellings)].join(' ');
  const values = valuesOf(command.positionals);
  const positional = values.length === 0 ? '' : `\n      if [[ $word != -* ]]; then ${reply(values)}; return; fi`;
  return `    ${name})${positional}
      mapfile -t COMPREPLY < <(compgen -W ${quoted(flags)} -- "$word") ;;`;
}

function reply(values: Values): string {
  if (values === 'file') return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word")';
  if (values === 'folder') return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word")';
  if (values === 'group') return `mapfile -t COMPREPLY < <(compgen -W "$(${groupNames})" -- "$word")`;
  return values.length === 0 ? ':' : `mapfile -t COMPREPLY < <(compgen -W ${quoted(values.join(' '))} -- "$word")`;
}
