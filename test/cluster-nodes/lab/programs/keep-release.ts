/** Makes a release the one that upgrades are tested from. argument: its folder, as scripts/release has made it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { previousChart, previousProgram, programOf } from '../previous.js';

const [folder = ''] = process.argv.slice(2);
const names = await readdir(folder);
const read = async (pattern: RegExp) => {
  const name = names.find((each) => pattern.test(each));
  if (name === undefined) throw new Error(`${folder} has no file like ${pattern}: it is no release`);
  return readFile(join(folder, name));
};
await writeFile(previousChart, await read(/^openelb-\d.*\.tgz$/));
await writeFile(previousProgram, await programOf(await read(/-linux-amd64\.tar$/)));
