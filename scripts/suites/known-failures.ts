/** A test that may fail at the first try, as test/README.md has it. */
export interface KnownFailure {
  /** Source, relative to the root of the project. */
  readonly file: string;
  /** Full title. */
  readonly test: string;
  readonly cause: string;
  readonly remedy: string;
}

const heading = '## Known to fail at the first try';

/**
 * Reads the table below its heading in test/README.md: file, test, cause, what is being done.
 * @throws Error naming the row, when one lacks a cell: without a cause nothing is known
 */
export function knownFailures(page: string): readonly KnownFailure[] {
  const [, section] = page.split(`${heading}\n`);
  if (section === undefined) throw new Error(`test/README.md has no section "${heading}"`);
  const rows = section
    .split(/^## /m)[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const cells = row.split(/(?<!\\)\|/).slice(1, -1);
    const [file = '', test = '', cause = '', remedy = ''] = cells.map(plain);
    if (cells.length !== 4 || [file, test, cause, remedy].includes(''))
      throw new Error(`test/README.md: a row needs a file, a test, a cause and what is being done: ${row}`);
    return { file, test, cause, remedy };
  });
}

function plain(cell: string): string {
  return cell
    .replaceAll('\\|', '|')
    .trim()
    .replace(/^`(.*)`$/, '$1');
}
