// Owns: reading a ZIP archive with nothing but Node, because a clean machine has neither unzip nor python3.
// Refuses to know: what is in the archive.
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16 (no ZIP64, no encryption: refused).
import assert from 'node:assert/strict';
import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** One file in an archive. Sizes and the offset of its local header are in bytes. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly localHeaderOffset: number;
}

const endOfDirectorySize = 22;
const maximumComment = 0xffff;
const stored = 0;
const deflated = 8;

/** Lists the files of the archive at `path`. Throws an Error that names the archive when it is not a ZIP file. */
export async function readZipDirectory(path: string): Promise<readonly ZipEntry[]> {
  const file = await open(path);
  try {
    const end = await findEndOfDirectory(file, path);
    const directory = await readAt(file, end.readUInt32LE(16), end.readUInt32LE(12));
    const entries: ZipEntry[] = [];
    for (let at = 0; at < directory.length; ) {
      if (directory.readUInt32LE(at) !== 0x02014b50)
        throw new Error(`${path} is a damaged ZIP archive (central directory)`);
      const nameLength = directory.readUInt16LE(at + 28);
      entries.push({
        name: directory.toString('utf8', at + 46, at + 46 + nameLength),
        method: directory.readUInt16LE(at + 10),
        compressedSize: directory.readUInt32LE(at + 20),
        size: directory.readUInt32LE(at + 24),
        localHeaderOffset: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
  } finally {
    await file.close();
  }
}

/** Writes one file of the archive at `path` to `target` with `mode`. Throws when its length is not what the archive says. */
export async function extractZipEntry(path: string, entry: ZipEntry, target: string, mode: number): Promise<void> {
  assert(
    entry.method === stored || entry.method === deflated,
    `ZIP method ${entry.method} of ${entry.name} is unknown`,
  );
  const file = await open(path);
  const header = await readAt(file, entry.localHeaderOffset, 30).finally(() => file.close());
  const start = entry.localHeaderOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const output = createWriteStream(target, { mode });
  await pipeline(
    createReadStream(path, { start, end: start + entry.compressedSize - 1 }),
    entry.method === deflated ? createInflateRaw() : new PassThrough(),
    output,
  );
  if (output.bytesWritten !== entry.size)
    throw new Error(`${entry.name} of ${path} unpacked to ${output.bytesWritten} bytes instead of ${entry.size}`);
}

async function findEndOfDirectory(file: FileHandle, path: string): Promise<Buffer> {
  const { size } = await file.stat();
  const length = Math.min(size, endOfDirectorySize + maximumComment);
  const tail = await readAt(file, size - length, length);
  const at = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (at < 0 || tail.length - at < endOfDirectorySize) throw new Error(`${path} is not a ZIP archive`);
  return tail.subarray(at);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
