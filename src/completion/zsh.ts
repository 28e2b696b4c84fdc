/** The completion for zsh. */
import type { Flag } from '../cli/flags.js';
import { brief, groupNames, type Named, quoted, type Values, valuesOf } from './words.js';

/** A script to be sourced after compinit, or a file called _openelb-vip in one of the folders of $fpath. */
export function zshCompletion(commands: readonly Named[]): string {
  return `#compdef openelb-vip
# Completion of openelb-vip for zsh: source <(openelb-vip completion zsh)
_openelb-vip() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '--help[list the commands]' '1: :->command' '*:: :->arguments'
  case $state in
    command)
      local -a commands
      commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${summary}`)}`).join('\n')}
      )
      _describe -t commands command commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
_openelb-vip-groups() {
  local -a groups
  groups=(\${(f)"$(${groupNames})"})
  compadd -a groups
}
if [ "$funcstack[1]" = _openelb-vip ]; then
  _openelb-vip "$@"
else
  compdef _openelb-vip openelb-vip
fi
`;
}

function commandCase({ name, command }: Named): string {
  const positional = command.positionals;
  const rest = positional === undefined ? [] : [quoted(`*:${positional}:${action(valuesOf(positional))}`)];
  const specs = [quoted('--help[print the flags]'), ...command.flags.map(spec), ...rest];
  return `        ${name}) _arguments ${specs.map((each) => `\\\n          ${each}`).join(' ')} ;;`;
}

/** `--flag[help]`, with a value `--flag=[help]:what:action`; a flag of two spellings is given once. */
function spec({ name, short, type, value, help }: Flag): string {
  const what = `[${escaped(brief(help))}]${type === 'string' ? `:${escaped(value ?? 'VALUE')}:${action(valuesOf(value))}` : ''}`;
  const long = `--${name}${type === 'string' ? '=' : ''}`;
  return short === undefined
    ? quoted(long + what)
    : `${quoted(`(-${short} --${name})`)}{-${short},${long}}${quoted(what)}`;
}

function action(values: Values): string {
  if (values === 'file') return '_files';
  if (values === 'folder') return '_files -/';
  if (values === 'group') return '_openelb-vip-groups';
  return values.length === 0 ? ' ' : `(${values.join(' ')})`;
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}
