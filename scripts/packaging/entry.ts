// Owns: what a file of an archive is, and the one way to write an archive, so that the same files are always the same bytes.
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

/** A file, folder or link of an archive. `path` is relative, without a leading or closing slash. Owned by root, of the time 0. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly data: Uint8Array }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export function file(path: string, data: Uint8Array | string, mode = 0o644): Entry {
  return { kind: 'file', path, mode, data: Buffer.from(data) };
}

/** @returns the entries by their paths, each with the folders it lies in, which may be missing in `entries`; a folder is before its files */
export function complete(entries: readonly Entry[]): readonly Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    assert(
      /^[^/.]/.test(entry.path) && posix.normalize(entry.path) === entry.path,
      `no path of an archive: ${entry.path}`,
    );
    assert(!byPath.has(entry.path), `twice in an archive: ${entry.path}`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
      const there = byPath.get(folder);
      assert(there === undefined || there.kind === 'folder', `${folder} is no folder, and ${path} is to lie in it`);
      if (there === undefined) byPath.set(folder, { kind: 'folder', path: folder, mode: 0o755 });
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The entries, with the folders they lie in, as a tar archive. @param seconds the time of all of them, since 1970 */
export async function tar(entries: readonly Entry[], seconds = 0): Promise<Buffer> {
  const archive = pack();
  const bytes = buffer(archive);
  for (const entry of complete(entries)) {
    archive.entry(headers(entry, new Date(seconds * 1000)), entry.kind === 'file' ? entry.data : '');
  }
  archive.finalize();
  return bytes;
}

function headers(entry: Entry, mtime: Date): Partial<Header> & Pick<Header, 'name'> {
  const fixed = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime };
  switch (entry.kind) {
    case 'file':
      return { ...fixed, name: entry.path, mode: entry.mode, type: 'file', size: entry.data.length };
    case 'folder':
      return { ...fixed, name: `${entry.path}/`, mode: entry.mode, type: 'directory' };
    case 'link':
      return { ...fixed, name: entry.path, mode: 0o777, type: 'symlink', linkname: entry.target };
  }
}
