// Owns: what of a page of the documentation can be run.
/**
 * For the playground: blocks whose first line says `playground`: of `console` each line behind `$ ` is a command, and the lines under it must be in what it
 * prints, `…` standing for any text; of others (`yaml playground=FILE`) the text is the file of that name, which commands may use.
 */
export type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly text: string; readonly expected: readonly string[]; readonly line: number };

export function stepsOf(page: string, where: 'playground' | 'cluster' = 'playground'): readonly Step[] {
  const opening =
    where === 'playground'
      ? /^```(\w+) playground(?:=([\w.-]+))?$/
      : /^```(console|\w+(?= playground=))(?: playground(?:=([\w.-]+))?)?$/;
  const lines = page.split('\n');
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, language, file] = opening.exec(lines[at]!) ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    const block = lines.slice(at + 1, end);
    if (file !== undefined) steps.push({ kind: 'file', name: file, text: `${block.join('\n')}\n` });
    else steps.push(...commandsOf(block, at + 2));
    at = end;
  }
  return steps;
}

function commandsOf(block: readonly string[], firstLine: number): readonly Step[] {
  const steps: { kind: 'command'; text: string; expected: string[]; line: number }[] = [];
  block.forEach((line, at) => {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ kind: 'command', text: line.slice(2), expected: [], line: firstLine + at });
    else if (last?.expected.length === 0 && /[\\|]$/.test(last.text)) last.text += `\n${line}`;
    else if (line.trim() !== '') last?.expected.push(line);
  });
  return steps;
}

/** The lines that are expected and not in what was printed. */
export function missingLines(expected: readonly string[], printed: string): readonly string[] {
  const lines = printed.split('\n');
  return expected.filter((each) => !lines.some((line) => patternOf(each).test(line)));
}

/** However columns are wide. */
function patternOf(expected: string): RegExp {
  const words = expected
    .trim()
    .split(/\s+/)
    .map((word) => word.split('…').map(escaped).join('.*'));
  return new RegExp(`^\\s*${words.join('\\s+')}\\s*$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
