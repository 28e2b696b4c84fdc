// Owns: what the pages for people say of a reason: the row of a table, or else the sentence that names it.
import { textOf } from './sources.js';

export interface Remedy {
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

/** Where reasons are explained, the first that has one counts. */
export const pages = ['troubleshooting.md', 'bgp.md', 'placement.md', 'authentication.md', 'interop.md', 'nodes.md'];

/** Undefined: no page names it. */
export function remedyOf(reason: string): Remedy | undefined {
  const named = `\`${reason}\``;
  for (const page of pages) {
    const sections = sectionsOf(textOf(`docs/${page}`));
    for (const { heading, lines } of sections) {
      const rows = lines.filter(
        (line) =>
          line.startsWith('| ') &&
          line
            .split(' | ')
            .slice(0, 2)
            .some((each) => each.includes(named)),
      );
      const texts = rows.map((row) => lastCells(row, named)).filter((text) => text !== '');
      if (texts.length > 0) return { page, heading, text: linksFrom(page, [...new Set(texts)].join('; ')) };
    }
    for (const { heading, lines } of sections) {
      const prose = lines.filter((line) => !line.startsWith('|')).join(' ');
      const sentence = prose.split(/(?<=[.]) (?=[A-Z`])/).find((each) => each.includes(named));
      if (sentence !== undefined) return { page, heading, text: linksFrom(page, sentence.trim()) };
    }
  }
  return undefined;
}

interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

function sectionsOf(page: string): readonly Section[] {
  return page.split(/^#{2,3} /m).map((each) => {
    const [heading = '', ...lines] = each.split('\n');
    return { heading, lines };
  });
}

/** What stands behind the name in its row; of a table of three columns the last two, where the second does not name it. */
function lastCells(row: string, named: string): string {
  const cells = row.replace(/^\| /, '').replace(/ \|$/, '').split(' | ');
  const at = cells.findIndex((each) => each.includes(named));
  return cells
    .slice(Math.max(at + 1, cells.length - 2))
    .filter((each) => !/^`[^`]*`$/.test(each))
    .join(': ');
}

function linksFrom(page: string, text: string): string {
  return text.replace(
    /\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g,
    (_, path: string, anchor = '') => `](../${path || page}${anchor})`,
  );
}
