import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';

interface Claim {
  readonly text: string;
  readonly tests: readonly { readonly path: string; readonly title: string }[];
}

/** The rows of the tables whose last column is `test`. */
function claimsIn(page: string): readonly Claim[] {
  const claims: Claim[] = [];
  let isOfClaims = false;
  for (const line of page.split('\n')) {
    if (!line.startsWith('| ')) isOfClaims = false;
    else if (/\| test \|$/.test(line)) isOfClaims = true;
    else if (isOfClaims && !line.startsWith('| ---')) {
      const [, text = '', tests = ''] = line.split(/ ?\| ?/);
      const named = [...tests.matchAll(/\]\(\.\.\/(test\/[\w./-]+\.ts)\) “([^”]+)”/g)];
      claims.push({ text, tests: named.map(([, path = '', title = '']) => ({ path, title })) });
    }
  }
  return claims;
}

/** What is wrong with a claim; undefined for one that names tests which are there. */
function problemWith({ text, tests }: Claim): string | undefined {
  if (tests.length === 0) return `${text}: names no test`;
  for (const { path, title } of tests) {
    const file = join(projectRoot(), path);
    if (!existsSync(file)) return `${text}: there is no ${path}`;
    if (!readFileSync(file, 'utf8').includes(title)) return `${text}: ${path} has no “${title}”`;
  }
  return undefined;
}

describe('docs/security.md', () => {
  const claims = claimsIn(readFileSync(join(projectRoot(), 'docs/security.md'), 'utf8'));

  it('makes no claim that has no test, or names one that is not there', () => {
    assert.ok(claims.length > 35, `only ${claims.length} were found`);
    assert.deepEqual(
      claims.map(problemWith).filter((problem) => problem !== undefined),
      [],
    );
  });

  it('would be found out', () => {
    const page = (tests: string) => `| he | test |\n| --- | --- |\n| can fly | ${tests} |\n`;
    const said = (tests: string) => claimsIn(page(tests)).map(problemWith);
    assert.deepEqual(said(''), ['can fly: names no test']);
    assert.deepEqual(said('[x](../test/e2e/flight.test.ts) “flies”'), ['can fly: there is no test/e2e/flight.test.ts']);
    assert.deepEqual(said('[x](../test/e2e/held.test.ts) “flies”'), ['can fly: test/e2e/held.test.ts has no “flies”']);
  });
});
