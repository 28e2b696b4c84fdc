/**
 * Writes `deploy/crds/*.yaml` from the schemas in `src/api`. With `--check` it writes nothing and fails when a file is stale.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { crdManifests } from '../src/api/crd.js';

const folder = join(import.meta.dirname, '../deploy/crds');
const header = '# Made by scripts/render-crds.ts from the schemas in src/api: change those.\n';

/** The files as they should be, by name. */
const wanted = new Map(
  [...crdManifests()].map(([name, crd]) => [
    name,
    header + stringify(crd, { lineWidth: 120, aliasDuplicateObjects: false }),
  ]),
);
mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const stale = [...wanted].filter(([name, text]) => present.get(name) !== text).map(([name]) => name);
const extra = [...present.keys()].filter((name) => name.endsWith('.yaml') && !wanted.has(name));

if (process.argv.includes('--check')) {
  if (stale.length + extra.length > 0) {
    console.error(
      `deploy/crds is stale: ${[...stale, ...extra].join(', ')}: run node --import=tsx scripts/render-crds.ts`,
    );
    process.exitCode = 1;
  }
} else {
  for (const name of stale) writeFileSync(join(folder, name), wanted.get(name)!);
  for (const name of extra) rmSync(join(folder, name));
}
