import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const folder = join(projectRoot(), 'deploy/values');
const files = readdirSync(folder);

describe('the values for platforms', function () {
  this.timeout(60_000);
  let render: (...flags: readonly string[]) => Promise<{ failed: boolean; text: string }>;

  before(async () => {
    const { helm } = await unpackTools();
    render = async (...flags) => {
      const args = ['template', 'x', projectRoot(), '--namespace', 'lb', ...flags];
      const { failed, stdout, stderr } = await execa(helm, args, { reject: false });
      return { failed, text: failed ? stderr : stdout };
    };
  });

  it('are all told of on the page, and it tells of no others', () => {
    const page = readFileSync(join(projectRoot(), 'docs/platforms.md'), 'utf8');
    const told = new Set([...page.matchAll(/values-[a-z0-9]+\.yaml/g)].map(([name]) => name));
    assert.deepEqual([...told].sort(), [...files].sort());
    assert.ok(files.length >= 6);
  });

  for (const file of files) {
    it(`${file} is taken by the chart, and each of its values changes what is installed`, async () => {
      const path = join(folder, file);
      const openShift = file.includes('openshift') ? ['--api-versions', 'security.openshift.io/v1'] : [];
      const whole = await render('--values', path, ...openShift);
      assert.ok(!whole.failed, whole.text);
      const values = leaves(parse(readFileSync(path, 'utf8')));
      assert.ok(values.length > 0);
      for (const [name, value] of values) {
        const without = await render('--values', path, ...openShift, '--set-json', `${name}=${defaultOf(name)}`);
        // Also a refusal is a change: this one needs the other.
        assert.notEqual(without.text, whole.text, `${name}: ${JSON.stringify(value)} changes nothing`);
      }
    });
  }
});

const defaults = parse(readFileSync(join(projectRoot(), 'values.yaml'), 'utf8'));

function defaultOf(name: string): string {
  return JSON.stringify(name.split('.').reduce((at, key) => at?.[key], defaults) ?? null);
}

/** Each value with its path: lists and maps that the chart takes as a whole are one. */
function leaves(values: unknown, path = ''): readonly (readonly [name: string, value: unknown])[] {
  const whole = path !== '' && defaultOf(path) === '{}';
  if (values === null || typeof values !== 'object' || Array.isArray(values) || whole) return [[path, values]];
  return Object.entries(values).flatMap(([key, value]) => leaves(value, path === '' ? key : `${path}.${key}`));
}
