#!/usr/bin/env node
// Copies what dist/ needs from node_modules at run time, and no more: `image-modules.mjs FOLDER`.
// That is koffi: its JavaScript, and the prebuilt addon of this machine's architecture.
import { cp, rm } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const out = process.argv[2];
if (out === undefined) {
  process.stderr.write('usage: image-modules.mjs FOLDER\n');
  process.exit(2);
}
const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');
const kept = new Set(['.js', '.cjs', '.json', '.node', '.txt']);

await rm(out, { recursive: true, force: true });
for (const name of ['koffi', `@koromix/koffi-linux-${process.arch}`]) {
  const from = join(modules, name);
  await cp(from, join(out, name), {
    recursive: true,
    filter: (path) => {
      const inside = relative(from, path);
      if (/^(doc|vendor|lib|cnoke\.cjs)/.test(inside) || inside.startsWith('musl_')) return false;
      return extname(path) === '' || kept.has(extname(path));
    },
  });
}
