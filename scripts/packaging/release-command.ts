// What scripts/release runs.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { projectRoot } from '../tools/project-root.js';
import { source } from './image.js';
import { PackagingProblem } from './problem.js';
import { checkRelease, releaseFiles } from './release.js';

const say = (text: string) => console.error(`scripts/release: ${text}`);

async function main([version, ...more]: readonly string[]): Promise<number> {
  if (version === undefined || version.startsWith('-') || more.length > 0) {
    const asked = version === '--help' || version === '-h';
    (asked ? process.stdout : process.stderr).write('usage: scripts/release VERSION\n');
    return asked ? 0 : 2;
  }
  const of = await source();
  await checkRelease(version, of);
  const folder = join(projectRoot(), 'build/release', version);
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    for await (const { name, data } of releaseFiles(of, say)) {
      await writeFile(join(unfinished, name), data);
      say(`${name}, ${(data.length / 1e6).toFixed(1)} MB`);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  say(`all of it is in ${relative(process.cwd(), folder) || '.'}`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    say(error instanceof PackagingProblem ? error.message : (error.stack ?? error.message));
    process.exitCode = 1;
  },
);
