import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { architectureOf } from '../../../scripts/packaging/architecture.js';
import { file } from '../../../scripts/packaging/entry.js';
import { ociArchive } from '../../../scripts/packaging/oci.js';
import { readTar } from '../../../scripts/packaging/read-tar.js';

const settings = {
  name: 'registry.example.com/team/program:1.2.3',
  architecture: architectureOf('arm64'),
  created: '2026-01-02T03:04:05Z',
  labels: { licence: 'Apache-2.0' },
  entryPoint: ['/bin/program'],
  command: ['--help'],
  environment: ['A=b'],
  folder: '/',
  user: '1:1',
};

describe('an OCI archive', () => {
  it('leads by digests from its index to each layer', async () => {
    const entries = await readTar(await ociArchive(settings, [[file('a', '1')], [file('b', '2')]]), () => true);
    const blobs = new Map<string, Buffer>();
    for (const entry of entries) if (entry.kind === 'file') blobs.set(entry.path, Buffer.from(entry.data));
    const follow = ({ digest, size }: { digest: string; size: number }) => {
      const data = blobs.get(`blobs/${digest.replace(':', '/')}`);
      assert.ok(data, digest);
      assert.equal(data.length, size);
      assert.equal(`sha256:${createHash('sha256').update(data).digest('hex')}`, digest);
      return data;
    };
    const index = JSON.parse(blobs.get('index.json')!.toString());
    assert.deepEqual(index.manifests[0].platform, { architecture: 'arm64', os: 'linux' });
    assert.deepEqual(index.manifests[0].annotations, {
      'io.containerd.image.name': settings.name,
      'org.opencontainers.image.ref.name': '1.2.3',
    });
    const manifest = JSON.parse(follow(index.manifests[0]).toString());
    const config = JSON.parse(follow(manifest.config).toString());
    assert.equal(config.architecture, 'arm64');
    assert.deepEqual(config.config.Entrypoint, ['/bin/program']);
    assert.equal(config.config.User, '1:1');
    assert.deepEqual(
      config.rootfs.diff_ids,
      manifest.layers.map(({ digest }: { digest: string }) => digest),
    );
    const layers = await Promise.all(manifest.layers.map((layer: never) => readTar(follow(layer), () => true)));
    assert.deepEqual(layers, [[file('a', '1')], [file('b', '2')]]);
    assert.deepEqual(JSON.parse(blobs.get('oci-layout')!.toString()), { imageLayoutVersion: '1.0.0' });
  });
});
