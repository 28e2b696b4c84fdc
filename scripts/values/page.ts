// Owns: the page of values, as Markdown.
import type { ValueRow, ValueSection } from './rows.js';

const head = `<!-- Made from values.yaml and values.schema.json by npm run render: change those. -->
# Values of the chart

Give them with \`--set NAME=VALUE\`, or in a file with \`--values\`. A value that is misspelt, of another type, or that
would install something else than it seems to, is refused with its name. [Examples for single platforms](platforms.md)
are in [deploy/values](../deploy/values).
`;

/** The whole page: a table for each section. */
export function valuesPage(sections: readonly ValueSection[]): string {
  const parts = sections.map(({ name, meaning, rows }) => {
    const title = `## ${name === '' ? 'At the top' : `\`${name}\``}`;
    const table = ['| value | type | default | meaning |', '| --- | --- | --- | --- |', ...rows.map(line)];
    return [title, ...(meaning === '' ? [] : [wrap(sentence(meaning))]), table.join('\n')].join('\n\n');
  });
  return `${[head.trimEnd(), ...parts].join('\n\n')}\n`;
}

function line({ path, type, default: value, meaning }: ValueRow): string {
  const cells = [`\`${path}\``, type, value === undefined ? '' : `\`${value}\``, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const sentence = (text: string) => (/[.…]$/.test(text) ? text : `${text}.`);

/** Lines of at most 120 characters, as in the other pages. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] === '') lines[last] = word;
    else if (lines[last]!.length + 1 + word.length <= 120) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
