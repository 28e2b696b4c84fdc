import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { interopCases } from './keepalived-cases.js';
import { mistakes } from './keepalived-mistakes.js';
import { steps } from './keepalived-steps.js';

describe('docs/interop.md', () => {
  let page: readonly string[];

  before(async () => {
    page = (await readFile(join(projectRoot(), 'docs', 'interop.md'), 'utf8')).split('\n');
  });

  const firstCells = (heading: string): readonly string[] => {
    const from = page.indexOf(heading);
    assert.notEqual(from, -1, `no line ${heading}`);
    const to = page.findIndex((line, index) => index > from && line.startsWith('## '));
    const rows = page.slice(from, to === -1 ? undefined : to).flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? []);
    return rows.slice(1).filter((cell) => !cell.startsWith('---'));
  };

  it('has a row for each case that is tried with keepalived', () => {
    const names = interopCases.map(({ name }) => name);
    assert.deepEqual(firstCells('## The matrix'), names);
  });

  it('has a line for each step that a case goes through', () => {
    const lines = page.flatMap((line) => /^\d+\. (.+)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      lines,
      steps.map(({ name }) => name),
    );
  });

  it('quotes what each mistake looks like, on both sides', () => {
    assert.deepEqual(
      firstCells('## What goes wrong'),
      mistakes.map(({ name }) => name),
    );
    for (const { name, said, dropped } of mistakes) {
      const row = page.find((line) => line.startsWith(`| ${name} |`))!;
      assert.ok(row.includes(`\`${said}\``), `${row} has no ${said}`);
      assert.ok(row.includes(dropped === undefined ? '| none |' : `| \`${dropped}\` |`), `${row} has no ${dropped}`);
    }
  });
});
