import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { playgroundPool, playgroundService, poolName } from '../../../scripts/lab/pool.js';
import { withoutKubernetes } from '../../../scripts/packaging/debian-package.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { parseManifest } from '../../../src/agent/sources/manifest-file.js';
import type { Eip } from '../../../src/api/eip.js';
import { validateEip } from '../../../src/api/validate.js';
import { formatRange, overlap, parsePool } from '../../../src/core/ip/range.js';

interface Sample {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

const read = (path: string) => readFileSync(join(projectRoot(), path), 'utf8');
const objects = (yaml: string) => parseAllDocuments(yaml).map((document) => document.toJS() as Sample);

describe('the samples of README.md and deploy/samples', () => {
  const inReadme = [...read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, yaml]) => objects(yaml!));
  const files = readdirSync(join(projectRoot(), 'deploy/samples')).filter((name) => name.endsWith('.yaml'));
  const inFiles = files.flatMap((name) => objects(read(`deploy/samples/${name}`)));
  const samples = [...inReadme, ...inFiles];
  const pools = samples.filter(({ kind }) => kind === 'Eip') as (Sample & Eip)[];
  const playground = playgroundPool({ mode: 'vip', interval: '250ms' });

  it('are valid', () => {
    assert.ok(pools.length >= 4);
    for (const pool of pools) assert.deepEqual(validateEip(pool), { ...validateEip(pool), ok: true });
  });

  it('for machines without Kubernetes are taken by their agents, and name programs that lie beside them', () => {
    const folders = readdirSync(join(projectRoot(), 'deploy/samples'), { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => name);
    assert.deepEqual(folders, withoutKubernetes);
    for (const folder of folders) {
      const names = readdirSync(join(projectRoot(), 'deploy/samples', folder));
      for (const name of names.filter((each) => each.endsWith('.yaml'))) {
        const text = read(`deploy/samples/${folder}/${name}`);
        const result = parseManifest(text);
        assert.ok(result.ok, result.ok ? '' : JSON.stringify(result));
        const programs = [...text.matchAll(/command: ([\w-]+)/g)].map(([, program]) => program!);
        assert.deepEqual(
          programs.filter((program) => !names.includes(program)),
          [],
        );
      }
    }
  });

  it('can be applied together, and in the playground: no two pools share a name, an address or being the default', () => {
    const all = [...pools, playground as Sample & Eip];
    assert.equal(new Set(all.map(({ metadata }) => metadata.name)).size, all.length);
    const ranges = all.map(({ metadata, spec }) => {
      const parsed = parsePool(spec.address);
      assert.ok(parsed.ok, metadata.name);
      return { name: metadata.name, ranges: parsed.ranges };
    });
    for (const [index, one] of ranges.entries())
      for (const other of ranges.slice(index + 1)) {
        const common = overlap(one.ranges, other.ranges);
        assert.equal(common && formatRange(common), undefined, `in ${one.name} and in ${other.name}`);
      }
    const defaults = all.filter(
      ({ metadata }) => metadata.annotations?.['eip.openelb.kubesphere.io/is-default-eip'] === 'true',
    );
    assert.ok(defaults.length <= 1);
  });

  it('name pools that there are, and Services that the playground has not', () => {
    const services = samples.filter(({ kind }) => kind === 'Service');
    assert.ok(services.length >= 2);
    for (const { metadata } of services) {
      const pool = metadata.annotations?.['eip.openelb.kubesphere.io/v1alpha2'];
      assert.ok(pool !== poolName && pools.some(({ metadata: { name } }) => name === pool), metadata.name);
      assert.notEqual(metadata.name, (playgroundService() as Sample).metadata.name);
    }
  });
});
