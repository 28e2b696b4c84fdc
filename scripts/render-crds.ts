/**
 * Writes `deploy/crds/*.yaml`, `deploy/crds-with-rules/*.yaml` and `deploy/metallb/crds/*.yaml` from the schemas in `src/api`. With `--check` it writes nothing and fails when a file is stale.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { crdManifests } from '../src/api/crd.js';
import { metallbCrds } from '../src/api/metallb-crd.js';

const check = process.argv.includes('--check');
const header = '# Made by scripts/render-crds.ts from the schemas in src/api: change those.\n';

/** Two forms: for every server, and with rules in CEL for Kubernetes 1.31 and later. */
render('crds', crdManifests({ rules: false }));
render('crds-with-rules', crdManifests({ rules: true }));
/** MetalLB's kinds, for where its manifests are applied and it is not there. */
render('metallb/crds', metallbCrds());

function render(name: string, manifests: ReadonlyMap<string, object>): void {
  const folder = join(import.meta.dirname, '../deploy', name);
  /** The files as they should be, by name. */
  const wanted = new Map(
    [...manifests].map(([file, crd]) => [
      file,
      header + stringify(crd, { lineWidth: 120, aliasDuplicateObjects: false }),
    ]),
  );
  mkdirSync(folder, { recursive: true });
  const present = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const stale = [...wanted].filter(([file, text]) => present.get(file) !== text).map(([file]) => file);
  const extra = [...present.keys()].filter((file) => file.endsWith('.yaml') && !wanted.has(file));
  if (!check) {
    for (const file of stale) writeFileSync(join(folder, file), wanted.get(file)!);
    for (const file of extra) rmSync(join(folder, file));
  } else if (stale.length + extra.length > 0) {
    console.error(`deploy/${name} is stale: ${[...stale, ...extra].join(', ')}: run npm run render`);
    process.exitCode = 1;
  }
}
