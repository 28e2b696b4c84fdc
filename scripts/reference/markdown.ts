// Owns: how tables and paragraphs of made pages are written.

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}

export const code = (text: string) => `\`${text}\``;

/** Lines of at most 120 characters, as in the other pages. */
export function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if (lines[last] === '') lines[last] = word;
    else if (lines[last]!.length + 1 + word.length <= 120) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** A page that somebody makes by `npm run render`. */
export function page(title: string, parts: readonly string[]): string {
  const mark = '<!-- Made from the code by npm run render: change that. -->';
  return `${[`${mark}\n# ${title}`, ...parts].join('\n\n')}\n`;
}

export function listed(words: readonly string[]): string {
  return words.map(code).join(', ');
}
