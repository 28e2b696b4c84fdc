import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';

const site = join(projectRoot(), 'build/site');

describe('the documentation as a site', function () {
  this.timeout(600_000);
  let files: readonly string[];
  const read = (file: string) => readFileSync(join(site, file), 'utf8');
  const ending = (end: string) => files.filter((file) => file.endsWith(end));

  before(async () => {
    const { stdout, stderr } = await execa(join(projectRoot(), 'scripts/site'), { env: { SITE_BASE: '/' } });
    assert.match(`${stdout}${stderr}`, /build complete/);
    files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
      statSync(join(site, file)).isFile(),
    );
  });

  it('has a page for each file of docs', () => {
    const sources = readdirSync(join(projectRoot(), 'docs'), { recursive: true, encoding: 'utf8' });
    const pages = sources.filter((file) => file.endsWith('.md'));
    const wanted = pages.map((file) => file.replace(/(^|\/)README\.md$/, '$1index.md').replace(/\.md$/, '.html'));
    assert.deepEqual(
      wanted.filter((page) => !files.includes(page)),
      [],
    );
    assert.ok(wanted.length > 60);
  });

  it('links only to pages, headings and files that it has', () => {
    const broken: string[] = [];
    let count = 0;
    const ids = new Map(
      ending('.html').map((page) => [page, new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!))]),
    );
    for (const page of ending('.html'))
      for (const [, link] of read(page).matchAll(/ (?:href|src)="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(link!)) continue;
        count += 1;
        const [path, anchor] = decodeURIComponent(link!.replaceAll('&amp;', '&')).split('#') as [string, string?];
        const target = targetOf(page, path);
        const well = existsSync(join(site, target)) && (anchor === undefined || ids.get(target)?.has(anchor));
        if (!well) broken.push(`${page}: ${link}`);
      }
    assert.ok(count > 1000, `only ${count} were found`);
    assert.deepEqual([...new Set(broken)], []);
  });

  it('asks nobody else for anything', () => {
    const loaded = [
      ...ending('.html').flatMap((page) => [
        ...read(page).matchAll(/<(?:script|img|iframe|link)\b[^>]* (?:src|href)="((?:https?:)?\/\/[^"]+)"/g),
      ]),
      ...ending('.css').flatMap((sheet) => [
        ...read(sheet).matchAll(/(?:url\(|@import )["']?((?:https?:)?\/\/[^)"']+)/g),
      ]),
    ].map(([, url]) => url);
    assert.deepEqual(loaded, []);
  });

  it('has a search in which the words of all pages are', () => {
    const [index] = files.filter((file) => /localSearchIndex/i.test(file));
    assert.ok(index, 'there is no index');
    const text = read(index);
    for (const word of ['keepalived', 'troubleshooting', 'externaltrafficpolicy', 'multicast', 'kubeadm', 'patroni'])
      assert.ok(text.includes(word), word);
  });

  it('tells users and contributors apart', () => {
    const sidebar = (page: string) =>
      [...read(page).matchAll(/<a class="VPLink link link" href="([^"]+)"/g)].map(([, to]) => to!);
    assert.ok(sidebar('get-started.html').some((to) => to.includes('troubleshooting')));
    assert.ok(!sidebar('get-started.html').some((to) => to.includes('decisions/')));
    assert.ok(sidebar('architecture.html').some((to) => to.includes('decisions/')));
    assert.ok(!sidebar('architecture.html').some((to) => to.includes('troubleshooting')));
  });
});

/** The file that a path of a page stands for. */
function targetOf(page: string, path: string): string {
  if (path === '') return page;
  const whole = path.startsWith('/') ? path : resolve('/', dirname(page), path);
  const name = whole.slice(1);
  return name === '' || name.endsWith('/') ? `${name}index.html` : name;
}
