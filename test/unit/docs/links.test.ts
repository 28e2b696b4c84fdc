import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';

/** Where pages are, from the root: itself without its folders, and these with all of theirs. */
const folders = ['docs', 'test'];
/** With what paths begin, from the root or from `src`. */
const roots = new Set([
  'src',
  'scripts',
  'test',
  'docs',
  'deploy',
  'templates',
  'agent',
  'api',
  'cli',
  'controller',
  'core',
  'platform',
]);

describe('the pages', () => {
  const root = projectRoot();
  const pages = new Map<string, string>();

  before(async () => {
    const below = await Promise.all(
      folders.map(async (folder) =>
        (await readdir(join(root, folder), { recursive: true })).map((name) => join(root, folder, name)),
      ),
    );
    const files = [...(await readdir(root)).map((name) => join(root, name)), ...below.flat()];
    for (const file of files) if (file.endsWith('.md')) pages.set(file, await readFile(file, 'utf8'));
    assert.ok(pages.size > 40, `only ${pages.size} were found`);
  });

  it('link only to what is there, and to headings that their page has', () => {
    let count = 0;
    const broken: string[] = [];
    for (const [page, text] of pages) {
      for (const link of linksIn(text)) {
        count += 1;
        const [path, anchor] = link.split('#') as [string, string?];
        const target = path === '' ? page : resolve(dirname(page), path);
        const well = existsSync(target) && (anchor === undefined || anchorsOf(pages.get(target) ?? '').has(anchor));
        if (!well) broken.push(`${page.slice(root.length)}: ${link}`);
      }
    }
    assert.ok(count > 100, `only ${count} were found`);
    assert.deepEqual(broken, []);
  });

  it('name only files and folders that are there', () => {
    const named = new Set<string>();
    const missing: string[] = [];
    for (const [page, text] of pages)
      for (const [, path] of withoutCode(text).matchAll(/`([a-z]+\/[\w./-]+)`/g)) {
        if (!roots.has(path!.split('/')[0]!)) continue;
        named.add(path!);
        const ways = ['', 'src/'].flatMap((from) =>
          ['', '.ts', '.test.ts'].map((ending) => join(root, `${from}${path}${ending}`)),
        );
        if (!ways.some((way) => existsSync(way))) missing.push(`${page.slice(root.length)}: ${path}`);
      }
    assert.ok(named.size > 100, `only ${named.size} were found`);
    assert.deepEqual(missing, []);
  });

  it('have no line of prose over 120 characters, and the first of them has 80 lines at most', () => {
    const long: string[] = [];
    for (const [page, text] of pages)
      for (const line of withoutCode(text).split('\n'))
        if ([...line].length > 120 && !/^( *\||<!--| {4})/.test(line)) long.push(`${page.slice(root.length)}: ${line}`);
    assert.deepEqual(long, []);
    assert.ok(pages.get(join(root, 'README.md'))!.trimEnd().split('\n').length <= 80);
  });

  it('of decisions have a number each, and say it in their heading and in the text of links to them', async () => {
    const names = [...pages.keys()].filter((page) => dirname(page) === join(root, 'docs/decisions'));
    const numbers = names.map((page) => Number(page.slice(join(root, 'docs/decisions').length + 1).split('-')[0]));
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      numbers.map((_, at) => at + 1),
    );
    const headings = names.map((page) => Number(/^# (\d+)\. /.exec(pages.get(page)!)?.[1]));
    assert.deepEqual(headings, numbers);
    const links = [...pages.values()].flatMap((text) => [
      ...text.matchAll(/\[(?:decision\s+)?(\d+)\]\([^)]*?(\d{4})-[a-z0-9-]+\.md\)/g),
    ]);
    assert.ok(links.length > 20, `only ${links.length} were found`);
    assert.deepEqual(
      links.filter(([, said, number]) => Number(said) !== Number(number)).map(([link]) => link),
      [],
    );
  });
});

/** Where the links of a page go, those to other sites excepted; code is not read. */
function linksIn(text: string): readonly string[] {
  const prose = withoutCode(text).replace(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/ /g, '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
}
