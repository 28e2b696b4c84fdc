import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** What the first line of the program gives to Node. */
export function flagsOfNode(): readonly string[] {
  const [, flags] =
    /^#!\/usr\/bin\/env -S node (.*)$/m.exec(readFileSync(join(projectRoot(), 'src/main.ts'), 'utf8')) ?? [];
  if (flags === undefined) throw new Error('the first line of src/main.ts starts no node');
  return flags.split(' ');
}
