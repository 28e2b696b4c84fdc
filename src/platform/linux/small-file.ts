/**
 * Reads files that people put into directories of ours. What stands there in place of one holds nobody up and fills nothing: a pipe that
 * nobody writes to, a device that has no end, a file by mistake. Where a file system is dead, a read never ends and keeps a thread of the
 * process. Of the four that there are for files, two at most read such files, and a third where one of those hangs: two that are dead hold
 * nobody else up for longer than a moment. One is left for all else: directories, files of our own, names.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { inTurn, newTurns } from './turns.js';

/** It is there, but nothing to read; the message follows its path: `is no regular file`. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
}

const portion = 65_536;

/** Of the process, since so are its threads for files. */
const turns = newTurns({ most: 2, mostHung: 1, patienceMs: 500 });

/** All of it. Rejects with an `UnfitFile`, also when it has more than that many bytes, or the system's error. */
export function readSmallFile(path: string, mostBytes: number): Promise<Buffer> {
  return inTurn(turns, path, () => read(path, mostBytes));
}

async function read(path: string, mostBytes: number): Promise<Buffer> {
  // Not blocking, since a pipe without a writer would hold up the opening for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw new UnfitFile('is no regular file');
    const portions: Buffer[] = [];
    for (let length = 0; length <= mostBytes; ) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(portion, mostBytes + 1 - length)));
      if (bytesRead === 0) return Buffer.concat(portions);
      portions.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    throw new UnfitFile(`has more than ${mostBytes} bytes`);
  } finally {
    await file.close();
  }
}
