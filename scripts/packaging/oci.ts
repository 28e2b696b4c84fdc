// Owns: an image as an OCI archive (OCI Image Format 1.1: image-layout.md, manifest.md, config.md). Layers are not compressed: a
// compressor of another version would make other bytes. Whoever pushes the image to a registry compresses them.
import { createHash } from 'node:crypto';
import type { Architecture } from './architecture.js';
import { type Entry, file, tar } from './entry.js';

export interface ImageSettings {
  /** With its registry and tag. */
  readonly name: string;
  readonly architecture: Architecture;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly folder: string;
  readonly user: string;
}

const media = 'application/vnd.oci.image';

/** @param layers the lower layer first */
export async function ociArchive(settings: ImageSettings, layers: readonly (readonly Entry[])[]): Promise<Buffer> {
  const blobs = await Promise.all(layers.map(async (layer) => blob(`${media}.layer.v1.tar`, await tar(layer))));
  const platform = { architecture: settings.architecture.name, os: 'linux' };
  const config = blob(
    `${media}.config.v1+json`,
    json({
      created: settings.created,
      ...platform,
      config: {
        User: settings.user,
        Env: settings.environment,
        Entrypoint: settings.entryPoint,
        Cmd: settings.command,
        WorkingDir: settings.folder,
        Labels: settings.labels,
      },
      rootfs: { type: 'layers', diff_ids: blobs.map(({ descriptor }) => descriptor.digest) },
      history: blobs.map(() => ({ created: settings.created, created_by: 'scripts/image' })),
    }),
  );
  const manifest = blob(
    `${media}.manifest.v1+json`,
    json({
      schemaVersion: 2,
      mediaType: `${media}.manifest.v1+json`,
      config: config.descriptor,
      layers: blobs.map(({ descriptor }) => descriptor),
      annotations: settings.labels,
    }),
  );
  const annotations = {
    'io.containerd.image.name': settings.name,
    'org.opencontainers.image.ref.name': settings.name.replace(/^.*:/, ''),
  };
  const index = {
    schemaVersion: 2,
    mediaType: `${media}.index.v1+json`,
    manifests: [{ ...manifest.descriptor, platform, annotations }],
  };
  return tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    ...[...blobs, config, manifest].map(({ path, data }) => file(path, data)),
  ]);
}

function blob(mediaType: string, data: Buffer) {
  const hex = createHash('sha256').update(data).digest('hex');
  return { path: `blobs/sha256/${hex}`, data, descriptor: { mediaType, digest: `sha256:${hex}`, size: data.length } };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
