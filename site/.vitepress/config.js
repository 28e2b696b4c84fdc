// The site: what is in docs, with a page list for users and one for contributors, and a search that asks nobody.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { defineConfig } from 'vitepress';

const root = resolve(import.meta.dirname, '../..');
const docs = join(root, 'docs');
/** Pages find Vue in the folders above them: a copy stands where it is. */
const pages = resolve(import.meta.dirname, '../pages');
rmSync(pages, { recursive: true, force: true });
cpSync(docs, pages, { recursive: true });

/** The first heading of a page. */
function titleOf(page) {
  const text = readFileSync(join(docs, page), 'utf8');
  return /^# (.+)$/m.exec(text)?.[1].replaceAll('`', '') ?? page;
}

const item = (page) => ({ text: titleOf(page), link: `/${page.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '')}` });
const section = (text, pages, collapsed = false) => ({ text, collapsed, items: pages.map(item) });
const folder = (name) =>
  readdirSync(join(docs, name))
    .filter((each) => each.endsWith('.md') && each !== 'README.md')
    .sort()
    .map((each) => `${name}/${each}`);

const users = [
  section('Begin', ['get-started.md', 'concepts.md', 'requirements.md', 'choosing-a-mode.md', 'comparison.md', 'faq.md']),
  section('Tutorials', ['first-service.md', 'ingress-nginx.md', 'api-server.md', 'dual-stack.md', 'local.md'].map((each) => `tutorials/${each}`)),
  section('Install', ['installing.md', 'platforms.md', 'image.md', 'without-kubernetes.md', 'values.md', 'versions.md', 'removing.md']),
  section('Move here', ['migrating/README.md', ...folder('migrating')], true),
  section('Run', ['operations.md', 'troubleshooting.md', 'health.md', 'nodes.md', 'placement.md', 'checks.md', 'connections.md', 'command-line.md']),
  section('Network', ['bgp.md', 'interop.md', 'authentication.md', 'security.md']),
  section('Reference', ['reference/README.md', ...folder('reference')], true),
  section('Figures', ['benchmarks.md', 'reliability.md', ...folder('benchmarks')], true),
];
const contributors = [section('Contributors', ['architecture.md']), section('Decisions', folder('decisions'))];
/** What nobody has put into a list is found all the same. */
const listed = new Set([...users, ...contributors].flatMap(({ items }) => items.map(({ link }) => link)));
const others = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((page) => page.endsWith('.md') && page !== 'README.md' && !listed.has(item(page).link))
  .sort();
if (others.length > 0) users.push(section('More', others));

export default defineConfig({
  title: 'openelb-vip',
  description: 'Addresses that survive the machine that holds them',
  srcDir: pages,
  outDir: join(root, 'build/site'),
  cacheDir: join(root, 'build/site-cache'),
  base: process.env.SITE_BASE ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  markdown: {
    anchor: { slugify: anchorOf },
    config(markdown) {
      linksOutOfDocs(markdown);
      // No text is a template of Vue's. VitePress has it so for fenced blocks alone.
      const { escapeHtml } = markdown.utils;
      markdown.renderer.rules.code_inline = (tokens, at) => `<code v-pre>${escapeHtml(tokens[at].content)}</code>`;
      markdown.core.ruler.push('indented-blocks', ({ tokens }) => {
        for (const token of tokens) if (token.type === 'code_block') Object.assign(token, { type: 'fence', tag: 'code', info: 'sh' });
      });
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Use it', link: '/get-started', activeMatch: '^/(?!architecture|decisions)' },
      { text: 'Work on it', link: '/architecture', activeMatch: '^/(architecture|decisions)' },
    ],
    sidebar: { '/architecture': contributors, '/decisions/': contributors, '/': users },
    outline: [2, 3],
    docFooter: { prev: false, next: false },
  },
});

/** As GitHub makes them of headings: pages are read there, too. */
function anchorOf(heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/ /g, '-');
}

/**
 * Pages link to files of the repository, which the site has no page for: those go to where the sources are, if SITE_SOURCES says where, and
 * else are their names. Pages of folders go to their list.
 */
function linksOutOfDocs(markdown) {
  const sources = process.env.SITE_SOURCES;
  const plain = markdown.renderer.rules.link_open ?? ((tokens, at, options, _, self) => self.renderToken(tokens, at, options));
  markdown.core.ruler.push('links-out-of-docs', (state) => {
    for (const block of state.tokens) {
      const open = [];
      for (const token of block.children ?? []) {
        if (token.type === 'link_close') {
          if (open.pop() === 'name') token.tag = 'span';
        }
        if (token.type !== 'link_open') continue;
        const href = token.attrGet('href') ?? '';
        const [path, anchor] = href.split('#');
        const target = resolve(dirname(join(docs, state.env.relativePath ?? '')), path);
        const isOutside = !/^[a-z]+:|^#|^\//.test(href) && path !== '' && relative(docs, target).startsWith('..');
        if (!isOutside) {
          if (path !== '' && !/^[a-z]+:/.test(href) && existsSync(target) && statSync(target).isDirectory())
            token.attrSet('href', '/decisions/0001-record-decisions');
          else token.attrSet('href', href.replace(/(^|\/)README\.md(?=#|$)/, '$1index.md'));
          open.push('link');
        } else if (sources) {
          token.attrSet('href', `${sources}/${relative(root, target)}${anchor === undefined ? '' : `#${anchor}`}`);
          open.push('link');
        } else {
          token.tag = 'span';
          token.attrs = [['title', relative(root, target)]];
          open.push('name');
        }
      }
    }
  });
  markdown.renderer.rules.link_open = (tokens, at, options, env, self) =>
    tokens[at].tag === 'span' ? self.renderToken(tokens, at, options) : plain(tokens, at, options, env, self);
}
