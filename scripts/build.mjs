#!/usr/bin/env node
// Bundles the program into dist/, one file per thread or subcommand, in the layout of src/ so that relative URLs and dynamic
// imports mean the same in both. Natives stay outside the bundle: they are found in node_modules.
// usage: build.mjs [--out FOLDER] [--contents FILE] [--commit COMMIT]     FILE gets the folders of the npm packages that are in it
import { existsSync, rmSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { checkFiles, loadChecks } from './bundle/checks.mjs';
import { sourceCommit } from './tools/source-commit.mjs';

const root = new URL('..', import.meta.url).pathname;
const { values } = parseArgs({
  options: { out: { type: 'string' }, contents: { type: 'string' }, commit: { type: 'string' } },
});
const out = values.out ?? `${root}dist`;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const commit = values.commit ?? (await sourceCommit(root)).commit;
const commands = (await readdir(`${root}src`)).map((name) => `${name}/command`);
const entries = [
  'main',
  'agent/engine/worker',
  'agent/engine/routing/worker',
  'platform/kubernetes/kubeconfig-reader',
  'cli/yaml-writer',
  'platform/linux/sys',
  ...commands.sort(),
].filter((name) => existsSync(`${root}src/${name}.ts`));

// Parts of client-node that only its own transport, websockets and tar support need; ours never calls them.
const unused = /^(undici|ws|isomorphic-ws|tar-fs|jsonpath-plus|stream-buffers|form-data|node-fetch)(\/|$)/;

const leaveOutUnused = {
  name: 'leave-out-unused',
  setup(bundler) {
    bundler.onResolve({ filter: unused }, (found) => ({ path: found.path, namespace: 'unused' }));
    bundler.onLoad({ filter: /.*/, namespace: 'unused' }, (found) => ({
      contents:
        `const absent = (n) => new Proxy(class Absent { constructor() { throw new Error('${found.path} is not part of this bundle') } },` +
        ` { get: (t, k) => k === 'prototype' ? t.prototype : k === Symbol.toPrimitive ? undefined : absent(n + '.' + String(k)) });` +
        ` module.exports = absent('${found.path}');`,
    }));
  },
};

/** Of client-node only what reads kubeconfigs: the classes of the API are half a megabyte that would run at each start, and none is made. */
const leaveOutModels = {
  name: 'leave-out-models',
  setup(bundler) {
    bundler.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
      path: `${root}node_modules/@kubernetes/client-node/dist/config.js`,
    }));
    bundler.onResolve({ filter: /^\.\/gen\/index\.js$/ }, (found) =>
      found.importer.endsWith('/client-node/dist/config.js') ? { path: found.path, namespace: 'unused' } : undefined,
    );
  },
};

/**
 * What client-node imports for some kubeconfigs, and the names it uses of it: files of their own, loaded when one of these names is asked for.
 * Together they are as long as all else that reads a kubeconfig. Its other import of `socks` is for a transport that is not used.
 */
const whenUsed = {
  'socks-proxy-agent': ['SocksProxyAgent'],
  'openid-client': ['discovery', 'refreshTokenGrant', 'customFetch'],
};

const loadWhenUsed = {
  name: 'load-when-used',
  setup(bundler) {
    const filter = new RegExp(`^(${Object.keys(whenUsed).join('|')})$`);
    bundler.onResolve({ filter }, (found) =>
      found.kind === 'entry-point' ? undefined : { path: found.path, namespace: 'when-used' },
    );
    bundler.onLoad({ filter: /.*/, namespace: 'when-used' }, ({ path }) => ({
      contents: whenUsed[path]
        .map(
          (name) =>
            `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('./${path}.js').${name} });`,
        )
        .join('\n'),
    }));
    bundler.onResolve({ filter: /./, namespace: 'when-used' }, (found) => ({ path: found.path, external: true }));
    bundler.onResolve({ filter: /^socks$/ }, (found) =>
      found.importer.endsWith('/client-node/dist/config.js') ? { path: found.path, namespace: 'unused' } : undefined,
    );
  },
};

/**
 * A subcommand is loaded only when it is asked for: main's dynamic imports of other entries stay imports, also that of what calls libc. So do
 * those of client-node and of what writes YAML, which few need; every importer of them is one folder deep.
 */
const keepEntriesApart = {
  name: 'keep-entries-apart',
  setup(bundler) {
    for (const [name, folder] of Object.entries({ 'kubeconfig-reader': 'platform/kubernetes', 'yaml-writer': 'cli' }))
      bundler.onResolve({ filter: new RegExp(`^\\./${name}\\.js$`) }, (found) =>
        found.kind === 'dynamic-import' ? { path: `../${folder}/${name}.js`, external: true } : undefined,
      );
    bundler.onResolve({ filter: /^\.\/([a-z-]+\/command|platform\/linux\/sys)\.js$/ }, (found) =>
      found.kind === 'dynamic-import' ? { path: found.path, external: true } : undefined,
    );
  },
};

// Built beside and moved into place: a program that starts meanwhile finds the bundle of before or the new one.
const fresh = resolve(`${out}.${process.pid}`);
process.on('exit', () => rmSync(fresh, { recursive: true, force: true })); // what is left when something cannot be built
const { metafile } = await build({
  absWorkingDir: root,
  metafile: true,
  entryPoints: Object.fromEntries([
    ...entries.map((name) => [name, `${root}src/${name}.ts`]),
    ...Object.keys(whenUsed).map((name) => [`platform/kubernetes/${name}`, name]),
  ]),
  outdir: fresh,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Names stay, so that a stack trace can be read. `keepNames` would bring them back at every closure that is made, which took a third of
  // the time of what makes many.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'external',
  legalComments: 'none',
  logLevel: 'warning',
  external: ['koffi'],
  // Imports become calls of require: Node's import() of a CommonJS file first searches all of it for its exports.
  supported: { 'dynamic-import': false },
  // As in the image: winston has parts for development that nobody calls.
  define: {
    'import.meta.url': '__moduleUrl',
    'process.env.NODE_ENV': '"production"',
    builtVersion: JSON.stringify({ version, commit }),
  },
  banner: { js: "const __moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  plugins: [keepEntriesApart, loadChecks(root), leaveOutModels, loadWhenUsed, leaveOutUnused],
});
for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
  const place = relative(fresh, `${root}${path}`);
  if ('src/api/compiled-check.ts' in inputs && place.split('/').length !== 2)
    throw new Error(`${place} checks objects, and would not find the files for that: they are at ../api/checks/`);
}
const checks = await checkFiles(root);
for (const { path, text } of checks) {
  await mkdir(dirname(`${fresh}/${path}`), { recursive: true });
  await writeFile(`${fresh}/${path}`, text);
}

// The page of the web view runs in browsers: a script of its own, and files that are served as they are.
const page = await build({
  absWorkingDir: root,
  metafile: true,
  entryPoints: [`${root}src/web/page.tsx`, `${root}src/web/page.css`],
  outdir: `${fresh}/web`,
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await Promise.all(['index.html', 'icon.svg'].map((name) => copyFile(`${root}src/web/${name}`, `${fresh}/web/${name}`)));
await writeFile(`${fresh}/package.json`, '{ "type": "commonjs" }\n');
await chmod(`${fresh}/main.js`, 0o755);
await rm(out, { recursive: true, force: true });
await rename(fresh, out);

if (values.contents !== undefined) {
  const inside = [metafile, page.metafile]
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) => Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0));
  const packages = [...inside, ...checks.flatMap(({ inputs }) => inputs)].map(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  await writeFile(values.contents, JSON.stringify([...new Set(packages)].filter((name) => name !== undefined).sort()));
}
