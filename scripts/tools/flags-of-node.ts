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

/**
 * What Node is given where somebody waits for an answer, by what starts a released program: room for all that a look at a thousand groups
 * takes, so that none of it is collected meanwhile.
 */
export const flagsOfQuestions: readonly string[] = [
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--single-threaded-gc',
];
