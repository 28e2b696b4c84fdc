// Owns: the one file that a command of this folder writes.
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PackagingProblem } from './problem.js';

/** Before a minute of work rather than after it. */
export async function writable(out: string): Promise<void> {
  const at = await stat(out).catch(() => undefined);
  if (at?.isDirectory()) throw new PackagingProblem(`${out} is a folder: name a file`);
  const folder = dirname(resolve(out));
  await access(folder, constants.W_OK).catch((cause) => {
    throw new PackagingProblem(`cannot write ${out}: ${(cause as Error).message}`, { cause });
  });
}

/** Whoever reads the archive meanwhile finds the one of before or the new one. */
export async function replace(out: string, data: Buffer): Promise<void> {
  const unfinished = `${out}.${process.pid}`;
  try {
    await writeFile(unfinished, data);
    await rename(unfinished, out);
  } catch (cause) {
    throw new PackagingProblem(`cannot write ${out}: ${(cause as Error).message}`, { cause });
  } finally {
    await rm(unfinished, { force: true });
  }
}
