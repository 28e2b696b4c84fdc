/** Reads the small files that checks need: tokens, certificates of authorities, track files. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { describeError } from '../../platform/observability/log.js';

export type CheckFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** @param mostBytes a longer file is refused. Never shows what is in it: the file that a check names may be a secret. */
export async function readCheckFile(path: string, mostBytes: number): Promise<CheckFile> {
  try {
    // Not blocking, since a pipe without a writer would hold up the opening for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (!(await file.stat()).isFile()) return { ok: false, reason: `${path} is no regular file` };
      const bytes = Buffer.alloc(mostBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length);
        length += bytesRead;
        if (length > mostBytes) return { ok: false, reason: `${path} has more than ${mostBytes} bytes` };
        if (bytesRead === 0) return { ok: true, text: bytes.toString('utf8', 0, length) };
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, reason: code === 'ENOENT' ? `${path} is missing` : `${path}: ${code ?? describeError(error)}` };
  }
}
