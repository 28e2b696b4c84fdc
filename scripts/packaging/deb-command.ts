// What scripts/deb runs.
import { parseArgs } from 'node:util';
import { architectureOf } from './architecture.js';
import { commandLine } from './command-line.js';
import { debianPackage } from './debian-package.js';
import { source } from './image.js';
import { replace, writable } from './out-file.js';

const usage = `usage: scripts/deb [--arch amd64|arm64] OUT.deb

Makes the package for Debian 12 and later, and what comes from them.
  --arch ARCH  default: this machine's
SOURCE_DATE_EPOCH is the time of its files, in seconds since 1970; default: the time of the commit.
`;

const { run, say, wrong } = commandLine('scripts/deb', usage);

async function main(): Promise<number> {
  const options = { arch: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [out, ...more] = positionals;
  if (out === undefined || more.length > 0) return wrong('say where the package is to be written: OUT.deb');
  const architecture = architectureOf(values.arch);
  await writable(out);
  const { name, data } = await debianPackage(architecture, await source());
  await replace(out, data);
  say(`${out}: ${name}, ${(data.length / 1e6).toFixed(1)} MB`);
  return 0;
}

run(main);
