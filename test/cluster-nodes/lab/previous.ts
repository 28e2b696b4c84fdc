// Owns: the release that upgrades start from, as test/cluster-nodes/previous has it: its chart, and its program, which takes the place of
// this clone's in an image. Node.js and the libraries below it are those of this clone.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { architectureOf } from '../../../scripts/packaging/architecture.js';
import { type Entry, tar } from '../../../scripts/packaging/entry.js';
import { imageName, imageSettings, source } from '../../../scripts/packaging/image.js';
import { ociArchive } from '../../../scripts/packaging/oci.js';
import { readTar } from '../../../scripts/packaging/read-tar.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const folder = join(projectRoot(), 'test/cluster-nodes/previous');

/** A package of Helm's. Its image is to have the tag `previousTag`. */
export const previousChart = join(folder, 'chart.tar.gz');
export const previousTag = 'previous';
/** Its bundle. */
export const previousProgram = join(folder, 'program.tar.gz');

/** Where an image has the bundle. */
const program = 'app/dist/';

/** The bundle in an image, as `previousProgram` has it. @param archive as scripts/image makes it */
export async function programOf(archive: Uint8Array): Promise<Buffer> {
  const entries = (await layersOf(archive))
    .flat()
    .filter(({ path, kind }) => path.startsWith(program) && kind !== 'folder');
  return gzipSync(await tar(entries.map((entry) => ({ ...entry, path: entry.path.slice(program.length) }))), {
    level: 9,
  });
}

/** @param archive an image of this clone, as scripts/image makes it */
export async function previousImage(archive: Uint8Array): Promise<Buffer> {
  const [lower = [], upper = []] = await layersOf(archive);
  const former = await readTar(gunzipSync(await readFile(previousProgram)), () => true);
  const layer = [
    ...upper.filter(({ path, kind }) => kind !== 'folder' && !path.startsWith(program)),
    ...former.filter(({ kind }) => kind !== 'folder').map((entry) => ({ ...entry, path: `${program}${entry.path}` })),
  ];
  const settings = imageSettings(await imageName(previousTag), architectureOf(undefined), await source());
  return ociArchive(settings, [lower, layer]);
}

/** The layers of an OCI archive of one image, the lower one first. */
async function layersOf(archive: Uint8Array): Promise<readonly (readonly Entry[])[]> {
  const files = await readTar(archive, () => true);
  const read = (path: string) => {
    const found = files.find((entry) => entry.path === path);
    if (found?.kind !== 'file') throw new Error(`the archive of the image has no ${path}`);
    return Buffer.from(found.data);
  };
  const blob = ({ digest }: Descriptor) => read(`blobs/${digest.replace(':', '/')}`);
  const [image] = (JSON.parse(read('index.json').toString()) as { readonly manifests: readonly Descriptor[] })
    .manifests;
  const { layers } = JSON.parse(blob(image!).toString()) as { readonly layers: readonly Descriptor[] };
  return Promise.all(layers.map((each) => readTar(blob(each), () => true)));
}

interface Descriptor {
  readonly digest: string;
}
