/** Lines of text in columns, for people: pure. */
import { type Paint, type Painted, plain, textOf } from './paint.js';

const gap = '   ';

/** As wide as their widest cells, three blanks apart; ends with a line break. Colours take no width. */
export function table(head: readonly string[], rows: readonly (readonly Painted[])[], paint: Paint = plain): string {
  const widths = head.map((title) => title.length);
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column]!, textOf(cell).length);
  const line = (cells: readonly Painted[]) => {
    const last = cells.findLastIndex((cell) => textOf(cell) !== '');
    return cells
      .slice(0, last + 1)
      .map((cell, column) => {
        const text = textOf(cell);
        const padding = column === last ? '' : ' '.repeat(widths[column]! - text.length);
        return (typeof cell === 'string' ? text : paint(text, cell.tone)) + padding;
      })
      .join(gap);
  };
  const title = line(head.map((text) => ({ text, tone: 'head' as const })));
  return `${[title, ...rows.map(line)].join('\n')}\n`;
}
