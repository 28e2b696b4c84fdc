#!/usr/bin/env -S node --import=tsx
// Writes docs/values.md from values.yaml and values.schema.json: `render-values.ts [--check]`. With --check it writes nothing and fails
// when the page is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './tools/project-root.js';
import { valuesPage } from './values/page.js';
import { type Schema, valueSections } from './values/rows.js';

const root = projectRoot();
const target = join(root, 'docs', 'values.md');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const page = valuesPage(valueSections(read('values.yaml'), JSON.parse(read('values.schema.json')) as Schema));
if (!process.argv.includes('--check')) {
  writeFileSync(target, page);
} else if (read('docs/values.md') !== page) {
  console.error('docs/values.md is stale: run npm run render and commit it');
  process.exitCode = 1;
}
