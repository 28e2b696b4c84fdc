// Mutates the cores and counts which mutants the tests notice, by StrykerJS, which has a lock of its own. See `usage`.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { type Equivalent, type Report, summaryOf, summaryText } from '../test/mutation/summary.js';
import { projectRoot } from './tools/project-root.js';

const usage = `npm run mutation -- [options]

  --files GLOB   what is mutated (default src/core/**/*.ts); may be repeated
  --tests GLOB   the unit tests that are to notice (default test/unit/core/**/*.test.ts and the scenarios); may be repeated

Prints each mutant that no test noticed, unless test/mutation/equivalents.json has it, and a table by folder. The whole takes hours.
Exit code 0: all were noticed. 1: some were not. 2: wrong usage, or StrykerJS failed.`;

const root = projectRoot();
const folder = join(root, 'build', 'tools', 'stryker');
const reportFile = join(root, 'build', 'mutation', 'report.json');

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  const glob = { type: 'string', multiple: true } as const;
  let values: { files?: string[]; tests?: string[] };
  try {
    values = parseArgs({ options: { files: glob, tests: glob } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  await install();
  const { files = ['src/core/**/*.ts'], tests = ['test/unit/core/**/*.test.ts', 'test/scenario/**/*.test.ts'] } =
    values;
  mkdirSync(join(root, 'build', 'mutation'), { recursive: true });
  const configFile = join(root, 'build', 'mutation', 'stryker.config.json');
  writeFileSync(configFile, JSON.stringify(configOf(files, tests), undefined, 2));
  const run = await execa(
    process.execPath,
    [join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', configFile],
    {
      cwd: root,
      stdio: 'inherit',
      reject: false,
      // The same cases of properties for each mutant.
      env: { PROPERTY_SEED: '1' },
    },
  );
  if (run.exitCode !== 0) return 2;
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  const known = JSON.parse(readFileSync(join(root, 'test/mutation/equivalents.json'), 'utf8')) as Equivalent[];
  const summary = summaryOf(report, known);
  console.log(summaryText(summary));
  return summary.survivors.length === 0 ? 0 : 1;
}

/** As test/mutation/package-lock.json says, once. */
async function install(): Promise<void> {
  const lock = join(root, 'test/mutation/package-lock.json');
  const installed = join(folder, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, 'test/mutation', name), join(folder, name));
  console.log('installing StrykerJS (test/mutation/package-lock.json)');
  await execa('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
}

function configOf(files: readonly string[], tests: readonly string[]): object {
  const runner = join(folder, 'node_modules/@stryker-mutator/mocha-runner/dist/src/index.js');
  return {
    mutate: files,
    testRunner: 'mocha',
    plugins: [pathToFileURL(runner).href],
    testRunnerNodeArgs: ['--import=tsx'],
    mochaOptions: { 'no-config': true, require: ['./test/properties.mjs'], spec: tests },
    coverageAnalysis: 'perTest',
    checkers: [],
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: reportFile },
    concurrency: 1,
    timeoutMS: 5_000,
    timeoutFactor: 2,
    tempDirName: 'build/mutation/sandbox',
    ignorePatterns: ['build', 'dist', 'docs', 'site', 'deploy', 'templates', 'biome.json'],
    allowConsoleColors: false,
    disableTypeChecks: true,
  };
}
