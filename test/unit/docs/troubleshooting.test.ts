import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';

/** Reasons as the API has them, wherever the source says one: in a condition, in an Event, in a type that is a list of them. */
const said = [
  /\breason: '([A-Z][A-Za-z]+)'/g,
  /'(?:Warning|Normal)',\s*'([A-Z][A-Za-z]+)'/g,
  /^\s*\| '([A-Z][A-Za-z]+)'/gm,
  /\bno\('([A-Z][A-Za-z]+)'/g,
];
/** Words of the API that are no reason: states, kinds of things. */
const others = new Set(['Initialize', 'Backup', 'Active', 'Lost', 'Invalid']);

describe('docs/troubleshooting.md', () => {
  it('has each reason that a condition or an Event can have', async () => {
    const page = await readFile(join(projectRoot(), 'docs/troubleshooting.md'), 'utf8');
    const reasons = new Set<string>();
    for (const folder of ['controller', 'core/ipam', 'agent/surroundings', 'agent/keys']) {
      for (const text of await sources(join(projectRoot(), 'src', folder)))
        for (const pattern of said) for (const [, reason] of text.matchAll(pattern)) reasons.add(reason!);
    }
    assert.ok(reasons.size > 40, `only ${reasons.size} were found`);
    const missing = [...reasons].filter((reason) => !others.has(reason) && !new RegExp(`\\b${reason}\\b`).test(page));
    assert.deepEqual(missing.sort(), []);
  });
});

async function sources(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(folder, file), 'utf8')));
}
