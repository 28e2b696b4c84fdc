/** Lines of text in columns, for people: pure. */

/** As wide as their widest cells, three blanks apart; ends with a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}
