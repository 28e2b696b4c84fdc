import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { changelogSection } from '../../../scripts/packaging/changelog.js';
import { chartPackage } from '../../../scripts/packaging/chart.js';
import { readTar } from '../../../scripts/packaging/read-tar.js';
import { checkRelease } from '../../../scripts/packaging/release.js';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const root = projectRoot();

describe('a release', () => {
  it('has a section of the changelog, which says something', async () => {
    const text = '# Changes\n\n## 1.1.0\n\n- B.\n\n## 1.0.0\n\nNothing yet.\n\n## 1.2.0\n\n- A.\n\n## 1.2.0\n\n- A.\n';
    assert.equal(changelogSection(text, '1.1.0'), '- B.');
    assert.throws(
      () => changelogSection(text, '1.1'),
      /CHANGELOG\.md has no section of 1\.1: write one, under "## 1\.1"/,
    );
    assert.throws(() => changelogSection(text, '1.0.0'), /CHANGELOG\.md says nothing of 1\.0\.0/);
    assert.throws(() => changelogSection(text, '1.2.0'), /has 2 sections of 1\.2\.0/);
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.ok(changelogSection(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version));
  });

  it('is refused with all that does not fit together', async function () {
    this.timeout(60_000);
    const of = { version: '0.1.0', commit: 'unknown', created: '1970-01-01T00:00:00Z' };
    await assert.rejects(checkRelease('v9', of), (error: Error) => {
      for (const part of [
        /"v9" is no version: give one such as 1\.2\.3/,
        /the version of package\.json is 0\.1\.0: set it to v9/,
        /the appVersion of Chart\.yaml is 0\.1\.0: set it to v9/,
        /CHANGELOG\.md has no section of v9/,
        /the sources are at unknown: commit them/,
      ])
        assert.match(error.message, part);
      return true;
    });
  });

  it('has a chart that is the same bytes whenever it is packed, and that Helm renders as the folder', async function () {
    this.timeout(60_000);
    const scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-chart-'));
    try {
      const first = await chartPackage();
      assert.deepEqual((await chartPackage()).data, first.data);
      const paths = (await readTar(gunzipSync(first.data), () => true)).map(({ path }) => path.split('/')[1] ?? '');
      const parts = ['.helmignore', 'Chart.yaml', 'LICENSE', 'README.md', 'deploy', 'templates'];
      assert.deepEqual([...new Set(paths)].filter(Boolean).sort(), [...parts, 'values.schema.json', 'values.yaml']);
      await writeFile(join(scratch, first.name), first.data);
      const { helm } = await unpackTools();
      const rendered = (chart: string) => execa(helm, ['template', 'openelb', chart]).then(({ stdout }) => stdout);
      assert.equal(await rendered(join(scratch, first.name)), await rendered(root));
    } finally {
      await rm(scratch, { recursive: true });
    }
  });
});
