import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A rule of an RFC, an erratum to it, or a rule of a former version that is kept. */
export interface Clause {
  /** Where it stands. */
  readonly clause: string;
  readonly rule: string;
  /** Full titles of tests in which the rule applies and is kept. */
  readonly kept: readonly string[];
  /** Full titles of tests of what must not happen: the case just beside the rule, or its breach. */
  readonly notBroken: readonly string[];
}

/** A rule that no core can keep: who keeps it, and which suite would notice. */
export interface ElsewhereClause {
  readonly clause: string;
  readonly rule: string;
  readonly by: string;
}

/**
 * Tests of a table: each clause names tests that exist, once.
 *
 * @param what what the table is of
 * @param o.places folders of `test` whose tests clauses may name
 */
export function describeClauseTable(
  what: string,
  o: {
    readonly clauses: readonly Clause[];
    readonly elsewhere: readonly ElsewhereClause[];
    readonly places: readonly string[];
  },
): void {
  describe(`the table of ${what}`, function () {
    this.timeout(60_000);
    let titles: ReadonlyMap<string, number>;

    before(async () => {
      titles = await testTitles(o.places);
    });

    for (const { clause, rule, kept, notBroken } of o.clauses) {
      it(`${clause}, ${rule}: has tests of its keeping and of its breach, which exist`, () => {
        assert.ok(kept.length > 0, 'no test in which the rule is kept');
        assert.ok(notBroken.length > 0, 'no test of what must not happen');
        assert.deepEqual(missing([...kept, ...notBroken], titles), []);
      });
    }

    it('names each rule once', () => {
      const rules = [...o.clauses, ...o.elsewhere].map(({ clause, rule }) => `${clause} ${rule}`);
      assert.equal(new Set(rules).size, rules.length);
    });

    it('would notice a test that does not exist, or that stands there twice', () => {
      assert.deepEqual(missing(['a Backup is a fish'], titles), ['a Backup is a fish: 0 tests']);
      assert.deepEqual(missing(['twice'], new Map([['twice', 2]])), ['twice: 2 tests']);
    });

    it('says of each rule that is not for a core who keeps it', () => {
      for (const { by } of o.elsewhere) assert.notEqual(by, '');
    });
  });
}

function missing(named: readonly string[], titles: ReadonlyMap<string, number>): string[] {
  return named.filter((title) => titles.get(title) !== 1).map((title) => `${title}: ${titles.get(title) ?? 0} tests`);
}

/** Full titles of the tests that clauses may name and how often each stands there: as mocha finds them, without running them. */
async function testTitles(places: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const isSource = import.meta.url.endsWith('.ts');
  const files = places.flatMap((place) => {
    const folder = fileURLToPath(new URL(`../${place}/`, import.meta.url));
    const names = readdirSync(folder).filter((name) => name.endsWith(isSource ? '.test.ts' : '.test.js'));
    return names.map((name) => folder + name);
  });
  const mocha = ['node_modules/mocha/bin/mocha.js', '--dry-run', '--reporter', 'json'];
  const tsx = isSource ? ['--import=tsx'] : [];
  const bound = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, [...tsx, ...mocha, ...files], bound);
  const titles = new Map<string, number>();
  for (const { fullTitle } of JSON.parse(stdout).passes) titles.set(fullTitle, (titles.get(fullTitle) ?? 0) + 1);
  return titles;
}
