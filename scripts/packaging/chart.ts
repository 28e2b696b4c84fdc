// Owns: the chart as a package. Helm says what belongs to it; its times are fixed here, since Helm writes those of the files.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { unpackTools } from '../tools/kubectl.js';
import { projectRoot } from '../tools/project-root.js';
import { tar } from './entry.js';
import { readTar } from './read-tar.js';

export async function chartPackage(): Promise<{ readonly name: string; readonly data: Buffer }> {
  const { helm } = await unpackTools();
  const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-chart-'));
  try {
    await execa(helm, ['package', projectRoot(), '--destination', scratch]);
    const [name] = await readdir(scratch);
    const entries = await readTar(gunzipSync(await readFile(join(scratch, name!))), () => true);
    // Helm gives each file the rights it has on this machine.
    const files = entries.map((entry) => (entry.kind === 'file' ? { ...entry, mode: 0o644 } : entry));
    return { name: name!, data: gzipSync(await tar(files), { level: 9 }) };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
