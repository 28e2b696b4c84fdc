#!/usr/bin/env node
// `npm run check`: the one command that means "fine". One line per stage, the output of a stage only when it fails.
// With --without-tests all but the unit tests, which scripts/test runs beside others.
import { existsSync } from 'node:fs';
import { execa } from 'execa';

const node = process.execPath;
const bin = (path) => `node_modules/${path}`;
const stages = [
  ['format and lint', node, [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['types', node, ['scripts/compile.mjs']],
  ['types of the cores', node, [bin('typescript/bin/tsc'), '-p', 'tsconfig.core.json']],
  ['types of the page', node, [bin('typescript/bin/tsc'), '-p', 'tsconfig.web.json']],
  ['rendered CRDs are fresh', node, ['--import=tsx', 'scripts/render-crds.ts', '--check'], 'scripts/render-crds.ts'],
  [
    'rendered manifests are fresh',
    node,
    ['--import=tsx', 'scripts/render-deploy.ts', '--check'],
    'scripts/render-deploy.ts',
  ],
  [
    'table of values is fresh',
    node,
    ['--import=tsx', 'scripts/render-values.ts', '--check'],
    'scripts/render-values.ts',
  ],
  [
    'reference is fresh',
    node,
    ['--import=tsx', 'scripts/render-reference.ts', '--check'],
    'scripts/render-reference.ts',
  ],
  [
    'unit tests',
    node,
    ['--enable-source-maps', bin('mocha/bin/mocha.js'), 'build/test/{unit,scenario,conformance}/**/*.test.js'],
  ],
];

process.chdir(new URL('..', import.meta.url).pathname);
let failed = 0;
for (const [name, command, args, needed] of stages) {
  if (name === 'unit tests' && process.argv.includes('--without-tests')) continue;
  if (needed && !existsSync(needed)) continue;
  const started = performance.now();
  const { exitCode, all } = await execa(command, args, {
    all: true,
    reject: false,
    env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {},
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${exitCode === 0 ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
  if (exitCode !== 0) {
    failed += 1;
    console.log(all);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
