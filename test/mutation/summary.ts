/** What StrykerJS found, in figures and in words: pure. */

/** As in the mutation testing report schema, as far as it is read. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A mutant that does what the original does, or that no test of a pure core could tell from it. */
export interface Equivalent {
  readonly file: string;
  /** The line, without blanks at its ends. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export interface Survivor {
  readonly file: string;
  readonly at: number;
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  /** No test runs that place. */
  readonly unseen: boolean;
}

export interface Tally {
  readonly killed: number;
  readonly survived: number;
  readonly equivalent: number;
}

export interface Summary {
  readonly byFolder: ReadonlyMap<string, Tally>;
  readonly survivors: readonly Survivor[];
}

const noticed: readonly string[] = ['Killed', 'Timeout', 'RuntimeError', 'CompileError'];
const unnoticed: readonly string[] = ['Survived', 'NoCoverage'];

export function summaryOf({ files }: Report, known: readonly Equivalent[]): Summary {
  const byFolder = new Map<string, Tally>();
  const survivors: Survivor[] = [];
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const folder = file.slice(0, file.lastIndexOf('/'));
    const tally = { ...(byFolder.get(folder) ?? { killed: 0, survived: 0, equivalent: 0 }) };
    byFolder.set(folder, tally);
    const lines = source.split('\n');
    for (const mutant of mutants) {
      if (noticed.includes(mutant.status)) tally.killed++;
      if (!unnoticed.includes(mutant.status)) continue;
      const survivor = survivorOf(file, lines, mutant);
      if (known.some((each) => isOf(each, survivor))) tally.equivalent++;
      else {
        tally.survived++;
        survivors.push(survivor);
      }
    }
  }
  return { byFolder, survivors };
}

export function summaryText({ byFolder, survivors }: Summary): string {
  const each = survivors.map(
    ({ file, at, line, original, replacement, unseen }) =>
      `${file}:${at}${unseen ? ' (no test runs it)' : ''}: ${line}\n    ${original}  ->  ${replacement}`,
  );
  const rows = [...byFolder]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, tally]) => `${folder}: ${tallyText(tally)}`);
  return [...each, ...rows, `all: ${tallyText(sum([...byFolder.values()]))}`].join('\n');
}

function tallyText({ killed, survived, equivalent }: Tally): string {
  const all = killed + survived;
  const share = all === 0 ? 100 : (100 * killed) / all;
  return `${killed} of ${all} noticed (${share.toFixed(1)} %), ${equivalent} equivalent`;
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (all, each) => ({
      killed: all.killed + each.killed,
      survived: all.survived + each.survived,
      equivalent: all.equivalent + each.equivalent,
    }),
    { killed: 0, survived: 0, equivalent: 0 },
  );
}

function survivorOf(
  file: string,
  lines: readonly string[],
  { replacement = '', status, location: { start, end } }: Mutant,
): Survivor {
  const line = lines[start.line - 1] ?? '';
  const inside = lines.slice(start.line - 1, end.line);
  const last = inside.length - 1;
  const original = inside
    .map((text, i) => text.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined))
    .map((text, i) => (i === 0 ? text : text.trim()))
    .join(' ');
  return { file, at: start.line, line: line.trim(), original, replacement, unseen: status === 'NoCoverage' };
}

function isOf(known: Equivalent, { file, line, original, replacement }: Survivor): boolean {
  return known.file === file && known.line === line && known.original === original && known.replacement === replacement;
}
