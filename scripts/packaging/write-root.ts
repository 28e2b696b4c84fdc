// Owns: the files of an image as a folder, for builders of images that copy one.
import { chmod, lutimes, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { complete, type Entry } from './entry.js';
import { PackagingProblem } from './problem.js';

/** @throws PackagingProblem when the folder has something in it already */
export async function writeRoot(root: string, layers: readonly (readonly Entry[])[]): Promise<void> {
  await mkdir(root, { recursive: true });
  if ((await readdir(root)).length > 0)
    throw new PackagingProblem(`${root} is not empty: name an empty folder, or none`);
  const entries = complete(layers.flat());
  for (const entry of entries) {
    const path = join(root, entry.path);
    if (entry.kind === 'link') await symlink(entry.target, path);
    else if (entry.kind === 'folder') await mkdir(path);
    else await writeFile(path, entry.data);
    if (entry.kind !== 'link') await chmod(path, entry.mode);
  }
  // From the leaves up: whatever is made in a folder changes its time.
  for (const { path } of entries.toReversed()) await lutimes(join(root, path), 0, 0);
}
