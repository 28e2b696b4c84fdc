import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (name: string) => JSON.parse(readFileSync(join(projectRoot(), name), 'utf8'));

/** Licences by which whoever passes a package on owes no more than its text. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'PSF-2.0', 'Unlicense'];
/** They have scripts, which build what they ship ready-made: docs/decisions/0005-dependencies.md. npm 11 runs none. */
const withScripts = ['esbuild', 'koffi', 'netlink'];

describe('the packages that this one depends on', () => {
  const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
  const all = Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));
  const { dependencies, devDependencies } = read('package.json');

  it('are of one exact version each, with a digest of what is shipped', () => {
    assert.ok(all.length > 100);
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies }))
      assert.match(String(range), /^\d+\.\d+\.\d+$/, name);
    assert.deepEqual(
      all.filter(({ dev, integrity }) => !dev && !/^sha512-/.test(integrity ?? '')).map(({ name }) => name),
      [],
    );
  });

  it('run no script when they are installed, and none has one that is not known', () => {
    const scripted = all.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    assert.deepEqual([...new Set(scripted)].sort(), withScripts);
    // Where npm is asked to, those that may run one are named here; an older npm, which runs all, gets what it does not need.
    assert.equal(read('package.json').allowScripts, undefined);
  });

  it('that are shipped have a licence that lets anybody pass them on', () => {
    const others = all.filter(({ dev, license }) => !dev && !permissive.includes(license ?? ''));
    assert.deepEqual(
      others.map(({ name, license }) => `${name}: ${license}`),
      [],
    );
  });
});
