/** Reads the small files that checks need: tokens, certificates of authorities, track files. */
import { readSmallFile, UnfitFile } from '../../platform/linux/small-file.js';
import { describeError } from '../../platform/observability/log.js';

export type CheckFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** @param mostBytes a longer file is refused. Never shows what is in it: the file that a check names may be a secret. */
export async function readCheckFile(path: string, mostBytes: number): Promise<CheckFile> {
  try {
    return { ok: true, text: (await readSmallFile(path, mostBytes)).toString('utf8') };
  } catch (error) {
    if (error instanceof UnfitFile) return { ok: false, reason: `${path} ${error.message}` };
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, reason: code === 'ENOENT' ? `${path} is missing` : `${path}: ${code ?? describeError(error)}` };
  }
}
