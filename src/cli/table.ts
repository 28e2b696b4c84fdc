/** Lines of text in columns, for people: pure. */
import { type Paint, type Painted, plain, textOf } from './paint.js';

const gap = '   ';

/** As wide as their widest cells, three blanks apart; ends with a line break. Colours take no width. */
export function table(head: readonly string[], rows: readonly (readonly Painted[])[], paint: Paint = plain): string {
  const widths = head.map((title) => title.length);
  for (const cells of rows)
    for (let column = 0; column < cells.length; column += 1) {
      const { length } = textOf(cells[column]!);
      if (length > widths[column]!) widths[column] = length;
    }
  const line = (cells: readonly Painted[]) => {
    const last = cells.findLastIndex((cell) => textOf(cell) !== '');
    let text = '';
    for (let column = 0; column <= last; column += 1) {
      const cell = cells[column]!;
      const shown = typeof cell === 'string' ? cell : paint(cell.text, cell.tone);
      text += column === last ? shown : shown + ' '.repeat(widths[column]! - textOf(cell).length) + gap;
    }
    return text;
  };
  const title = line(head.map((text) => ({ text, tone: 'head' as const })));
  return `${[title, ...rows.map(line)].join('\n')}\n`;
}
