// Owns: reading archives of others.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Entry } from './entry.js';

/**
 * What `wanted` says yes to of a tar archive; its paths are without `./` and a closing slash. Hard links and devices are left out.
 * @throws Error when it is no whole archive
 */
export async function readTar(
  archive: Readable | Uint8Array,
  wanted: (path: string) => boolean,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const reader = extract();
  reader.on('entry', (header, content, next) => {
    const path = header.name.replace(/^(\.?\/)+/, '').replace(/\/$/, '');
    const take = async () => {
      const data = await buffer(content);
      if (path === '' || !wanted(path)) return;
      const mode = header.mode ?? 0o644;
      if (header.type === 'file') entries.push({ kind: 'file', path, mode, data });
      else if (header.type === 'directory') entries.push({ kind: 'folder', path, mode });
      else if (header.type === 'symlink') entries.push({ kind: 'link', path, target: header.linkname ?? '' });
    };
    take().then(() => next(), next);
  });
  await pipeline(archive instanceof Readable ? archive : Readable.from([archive]), reader);
  return entries;
}
