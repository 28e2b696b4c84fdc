import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { file } from '../../../scripts/packaging/entry.js';
import { krewManifest, pluginArchive, releaseUrl } from '../../../scripts/packaging/kubectl-plugin.js';
import { unpackTools } from '../../../scripts/tools/kubectl.js';

/** Stands for Node.js: says how it was called, but for the flags that are Node's own. */
const node =
  '#!/bin/sh\nwhile case "$1" in --*) ;; *) false ;; esac; do shift; done\necho "$KUBECONFIG|$(basename "$1")|$2|$3"\n';

describe('kubectl eip', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubectl-eip-'));
  });
  after(() => rm(folder, { recursive: true }));

  const image = [file('nodejs/bin/node', node, 0o755), file('app/dist/main.js', ''), file('etc/passwd', 'root')];

  it('is the program with its Node.js, the same bytes each time, and nothing else of the image', async () => {
    const archive = await pluginArchive('1.2.3', { name: 'amd64' }, image);
    assert.equal(archive.name, 'kubectl-eip-1.2.3-linux-amd64.tar.gz');
    assert.deepEqual((await pluginArchive('1.2.3', { name: 'amd64' }, image)).data, archive.data);
    await writeFile(join(folder, archive.name), archive.data);
    const { stdout } = await execa('tar', ['-tzf', join(folder, archive.name)]);
    const files = stdout.split('\n').filter((path) => !path.endsWith('/'));
    assert.deepEqual(files, ['app/dist/main.js', 'kubectl-eip', 'nodejs/bin/node']);
  });

  it('runs from a link in the path, as kubectl starts it, and asks the cluster that kubectl would', async () => {
    const archive = await pluginArchive('1.2.3', { name: 'amd64' }, image);
    const [store, bin, home] = ['store', 'bin', 'home'].map((name) => join(folder, name)) as [string, string, string];
    await mkdir(store);
    await mkdir(bin);
    await mkdir(join(home, '.kube'), { recursive: true });
    await writeFile(join(folder, 'archive'), archive.data);
    await execa('tar', ['-xzf', join(folder, 'archive'), '-C', store]);
    await symlink(join(store, 'kubectl-eip'), join(bin, 'kubectl-eip'));
    const { kubectl } = await unpackTools();
    const run = async (more: Readonly<Record<string, string>>) => {
      const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, ...more };
      return (await execa(kubectl, ['eip', 'status', '--watch'], { env, extendEnv: false })).stdout;
    };
    assert.equal(await run({}), '|main.js|status|--watch');
    await writeFile(join(home, '.kube/config'), '');
    assert.equal(await run({}), `${join(home, '.kube/config')}|main.js|status|--watch`);
    assert.equal(await run({ KUBECONFIG: '/elsewhere' }), '/elsewhere|main.js|status|--watch');
  });

  it('has a manifest for krew, with the sum of each archive and no host', () => {
    const archives = [
      { architecture: 'amd64', name: 'a.tar.gz' },
      { architecture: 'arm64', name: 'b.tar.gz' },
    ] as const;
    const text = krewManifest(
      '1.2.3',
      archives,
      new Map([
        ['a.tar.gz', 'aa'],
        ['b.tar.gz', 'bb'],
      ]),
    );
    const { kind, metadata, spec } = parse(text);
    assert.deepEqual([kind, metadata.name, spec.version], ['Plugin', 'eip', 'v1.2.3']);
    assert.ok(spec.shortDescription.length <= 60);
    assert.deepEqual(
      spec.platforms.map(({ uri, sha256, bin, selector }: Record<string, unknown>) => [uri, sha256, bin, selector]),
      [
        [`${releaseUrl}/a.tar.gz`, 'aa', 'kubectl-eip', { matchLabels: { os: 'linux', arch: 'amd64' } }],
        [`${releaseUrl}/b.tar.gz`, 'bb', 'kubectl-eip', { matchLabels: { os: 'linux', arch: 'arm64' } }],
      ],
    );
    assert.doesNotMatch(text, /https?:/);
  });
});
