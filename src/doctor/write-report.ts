/** Writes the report of a doctor to a file that nobody else can read. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Whole or not at all; packed where the name ends in .gz. Rejects with the system's error. */
export async function writeReport(path: string, text: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(path), '.openelb-vip-report-'));
  try {
    const made = join(folder, 'report');
    await writeFile(made, path.endsWith('.gz') ? gzipSync(text) : text, { mode: 0o600 });
    await rename(made, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
