#!/usr/bin/env node
// Runs the suites and ends with one line of totals over all of them. Those that compute, and those whose processes may be slow, run side by
// side. Of those in which real processes race with each other two files do, which mostly wait, and nothing else.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { lookupFiles } from 'mocha/lib/cli/lookup-files.js';
import { architectureOf, nodeVersion } from './packaging/architecture.js';
import { nodeBinary } from './packaging/node-runtime.js';
import { runQueue } from './suites/file-queue.js';
import { knownFailures } from './suites/known-failures.js';
import { verdict } from './suites/verdict.js';

process.chdir(new URL('..', import.meta.url).pathname);
const known = knownFailures(await readFile('test/README.md', 'utf8'));
const asked = process.argv.slice(2);
const assets = process.env.KUBEBUILDER_ASSETS;
const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-test-'));
const countsFile = join(scratch, 'counts');
process.on('exit', () => rmSync(scratch, { recursive: true }));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code));

const withoutAssets = { KUBEBUILDER_ASSETS: '' };
const units = 'build/test/{unit,scenario,conformance}/**/*.test.js';
const suites = {
  check: { run: (out) => run(out, process.execPath, ['scripts/check.mjs', '--without-tests']) },
  unit: { files: units },
  unit24: { files: 'build/test/unit/{agent,api,cli,controller,core,platform}/**/*.test.js', node: node24 },
  image: { files: 'build/test/image/**/*.test.js' },
  site: { files: 'build/test/site/**/*.test.js' },
  package: { files: 'build/test/package/**/*.test.js' },
  simulation: { files: 'build/test/simulation/**/*.test.js' },
  waits: { files: 'build/test/waits/**/*.test.js' },
  playground: { files: 'build/test/playground/**/*.test.js' },
  web: { files: 'build/test/web/**/*.test.js', races: true },
  kernel: { files: 'build/test/kernel/**/*.test.js', races: true },
  interop: { files: 'build/test/interop/**/*.test.js', races: true },
  // The files that run on the real API server need not run on the small one as well: that it is as the real one is what `contract` shows.
  'small-cluster': {
    files: (assets && !asked.includes('small-cluster') ? ['contract', 'harness'] : ['**/*']).map(
      (name) => `build/test/cluster/${name}.test.js`,
    ),
    env: withoutAssets,
    races: true,
  },
  'real-cluster': {
    files: 'build/test/cluster/**/*.test.js',
    races: true,
    ...(assets ? {} : { skip: 'KUBEBUILDER_ASSETS names no kube-apiserver' }),
  },
  e2e: { files: 'build/test/e2e/**/*.test.js', races: true },
  monitoring: { files: 'build/test/monitoring/**/*.test.js', races: true },
  'cluster-nodes': {
    // What takes a quarter of an hour more is in folders of its own.
    files: `build/test/cluster-nodes/${asked.includes('cluster-nodes') ? '**/' : ''}*.test.js`,
    around: ['scripts/cluster-nodes'],
    races: true,
    ...(!existsSync('../shared/cluster/run') ? { skip: 'there is no cluster: ../shared/cluster/run is missing' } : {}),
  },
  hostile: {
    // What takes two minutes of a machine that does nothing else is in a folder of its own.
    files: `build/test/hostile/${asked.includes('hostile') ? '**/' : ''}*.test.js`,
    races: true,
  },
  'debian-kernel': {
    files: 'build/test/{debian-kernel/**/*,kernel/links}.test.js',
    around: ['scripts/debian-kernel'],
    races: true,
    ...(asked.includes('debian-kernel')
      ? {}
      : { skip: 'takes five minutes, on a kernel of its own: scripts/test debian-kernel' }),
  },
  'debian-machine': {
    files: 'build/test/debian-machine/**/*.test.js',
    around: ['scripts/debian-machine'],
    env: { PATIENCE: '5' },
    races: true,
    ...(asked.includes('debian-machine')
      ? {}
      : { skip: 'takes ten minutes where its machine is emulated: scripts/test debian-machine' }),
  },
  'current-kubernetes': {
    files: 'build/test/current-kubernetes/**/*.test.js',
    ...(asked.includes('current-kubernetes')
      ? {}
      : { skip: 'compiles Kubernetes, which takes ten minutes: scripts/test current-kubernetes' }),
  },
};
/** The exit code of what a suite runs on, where that cannot be had. */
const notHere = 125;
/** More files than this that failed are no accident, and are not run again. */
const mostAgain = 4;
/** How many files of suites that race run at once. */
const atOnce = 2;
/** What they judge is how much of the machine something takes. */
const alone = new Set(['cluster/costs', 'cluster/large', 'e2e/figures'].map((name) => `build/test/${name}.test.js`));
/** Lanes that run side by side, each of suites one after the other; then, file by file, suites that race, the longest first; then others. */
const everything = {
  first: ['check'],
  lanes: [
    ['unit', 'image', 'site'],
    ['simulation', 'unit24'],
    ['playground', 'package', 'waits'],
  ],
  races: ['e2e', 'real-cluster', 'interop', 'small-cluster', 'monitoring', 'kernel', 'web'],
  last: ['cluster-nodes', 'hostile', 'debian-kernel', 'debian-machine', 'current-kubernetes'],
};

/** @returns whether it passed */
async function runSuite(out, name, file) {
  const { run: own, skip, node = () => process.execPath, around = [], env } = suites[name];
  if (own !== undefined) return (await own(out)).passed;
  if (skip !== undefined) {
    say(out, `skipped: ${name}: ${skip}`);
    return true;
  }
  const mocha = ['--enable-source-maps', 'node_modules/mocha/bin/mocha.js', ...[file ?? suites[name].files].flat()];
  const [command, ...args] = [...around, await node(out), ...mocha];
  const limitMs = file === undefined ? longestMs.suite : longestMs.file;
  const { passed, exitCode } = await run(out, command, args, { SUITE: name, ...env }, limitMs);
  if (exitCode !== notHere || around.length === 0 || (await results()).some(({ suite }) => suite === name))
    return passed;
  say(out, `skipped: ${name}: what it runs on cannot be had here, as ${around.join(' ')} says above`);
  return true;
}

/** What takes longer hangs; it is ended, so that the others have their turn and the totals are printed. */
const longestMs = { suite: 25 * 60_000, file: 10 * 60_000 };

/** @param out where the output goes: undefined for straight to this program's, else a list of texts that is printed later */
async function run(out, command, args, env = {}, limitMs = longestMs.suite) {
  const { exitCode, signal, all, timedOut } = await execa(command, args, {
    ...(out === undefined ? { stdio: ['ignore', 'inherit', 'inherit'] } : { stdin: 'ignore', all: true }),
    reject: false,
    timeout: limitMs,
    env: { COUNTS_FILE: countsFile, ...env },
  });
  out?.push(all);
  if (timedOut) say(out, `ended after ${limitMs / 60_000} minutes`);
  else if (exitCode !== 0) say(out, signal === undefined ? `exit code ${exitCode}` : `ended by ${signal}`);
  return { passed: exitCode === 0, exitCode };
}

function say(out, text) {
  if (out === undefined) console.log(text);
  else out.push(text);
}

/** Node.js 24, which the image ships. */
async function node24(out) {
  say(out, `Node.js ${nodeVersion} from npm`);
  return nodeBinary(architectureOf(undefined));
}

for (const name of asked) {
  if (!(name in suites)) {
    console.error(`unknown suite ${name}: choose from ${Object.keys(suites).join(' ')}`);
    process.exit(2);
  }
}
/** What failed by its exit code: suites, or files of one. */
let failed = [];
if (
  asked.length > 0 &&
  !asked.includes('check') &&
  !(await run(undefined, process.execPath, ['scripts/compile.mjs'])).passed
) {
  console.log('\n0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
if (asked.length > 0) await oneByOne(asked);
else {
  await oneByOne(everything.first);
  await Promise.all(
    everything.lanes.map(async (names) => {
      for (const name of names) await whole(name, []);
    }),
  );
  await race(everything.races);
  await oneByOne(everything.last);
}

async function oneByOne(names) {
  for (const name of names) {
    if (suites[name].races && suites[name].around === undefined) await race([name]);
    else await whole(name, undefined);
  }
}

/** @param out undefined: its output is printed as it comes; a list: when it has ended */
async function whole(name, out) {
  say(out, `\n== ${name}`);
  const started = performance.now();
  if (!(await runSuite(out, name))) failed.push({ suite: name });
  say(out, `== ${name}: ${seconds(started)}`);
  if (out !== undefined) console.log(out.join('\n'));
}

/** Runs these suites file by file, each printed when it has ended. */
async function race(names) {
  const files = names.flatMap((suite) => {
    if (suites[suite].skip === undefined) return filesOf(suite).map((file) => ({ suite, file }));
    console.log(`\nskipped: ${suite}: ${suites[suite].skip}`);
    return [];
  });
  await runQueue(files, {
    atOnce,
    isAlone: ({ file }) => alone.has(file),
    async run({ suite, file }) {
      const out = [];
      const started = performance.now();
      if (!(await runSuite(out, suite, file))) failed.push({ suite, file });
      console.log([`\n== ${suite}: ${file}`, ...out, `== ${suite}: ${file}: ${seconds(started)}`].join('\n'));
    },
  });
}

function filesOf(suite) {
  return [...new Set([suites[suite].files].flat().flatMap((each) => lookupFiles(each, ['js'])))].sort();
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** What each file of tests came to, each time that it ran. */
async function results() {
  const lines = existsSync(countsFile) ? (await readFile(countsFile, 'utf8')).trim().split('\n') : [];
  return lines.map((line) => JSON.parse(line));
}

/** Files that failed, which ran by themselves or in a suite that races, run once more, one after the other. */
const first = await results();
const again = first.filter((run) => run.failed.length > 0 && suites[run.suite].races && existsSync(run.file));
if (again.length <= mostAgain) {
  for (const { suite, file } of again) {
    console.log(`\n== ${suite}, again: ${file}`);
    if (await runSuite(undefined, suite, file))
      failed = failed.filter((each) => each.suite !== suite || (each.file ?? file) !== file);
  }
}

const judged = verdict(await results(), failed, known);
for (const { test, message, known } of judged.excused)
  console.log(`\npassed only when it ran again: ${test}\ncause: ${known.cause}\n${known.remedy}\n${excerpt(message)}`);
for (const { test, message } of judged.failed) console.log(`\nfailed: ${test}\n${excerpt(message)}`);
console.log(`\n${judged.passed} passed, ${judged.failed.length} failed, ${judged.skipped} skipped`);
process.exitCode = judged.failed.length === 0 ? 0 : 1;

function excerpt(message) {
  return message.slice(0, 2000);
}
