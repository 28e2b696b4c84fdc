import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { requireRouters } from '../lab/routers/packages.js';
import { failingCases, workingCases } from './bgp-cases.js';

/** How each program judges a configuration without running it. */
const judges = {
  FRR: ['/usr/bin/vtysh', ['-C', '-f']],
  BIRD: ['/usr/sbin/bird', ['-p', '-c']],
  GoBGP: ['/usr/bin/gobgpd', ['-d', '-f']],
} as const;

describe('the configurations of docs/bgp.md', () => {
  let folder = '';
  before(async function () {
    await requireRouters(this, 'frr', 'bird', 'gobgp');
    folder = await mkdtemp(join(tmpdir(), 'bgp-page-'));
  });
  after(async () => {
    if (folder !== '') await rm(folder, { recursive: true });
  });

  for (const [name, [command, args]] of Object.entries(judges)) {
    it(`${name} takes its own`, async () => {
      const result = await judge(command, args, await configurationOf(name));
      assert.equal(result.exitCode, 0, result.all);
    });

    it(`${name} does not take one with a mistake`, async () => {
      const text = (await configurationOf(name)).replaceAll('64513', 'sixty-five');
      assert.notEqual((await judge(command, args, text)).exitCode, 0);
    });
  }

  async function judge(command: string, args: readonly string[], text: string) {
    const file = join(folder, 'configuration');
    await writeFile(file, text);
    return execa(command, [...args, file], { reject: false, all: true, timeout: 20_000 });
  }
});

describe('the matrix of docs/interop.md', () => {
  it('has a row for each setting that is tried, and no other', async () => {
    const page = await readFile('docs/interop.md', 'utf8');
    const section = page.split('\n## BGP routers\n')[1]?.split('\n## ')[0] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
    const settings = rows.slice(1).map((line) => line.split('|')[1]?.trim());
    assert.deepEqual(
      settings,
      [...workingCases, ...failingCases].map(({ name }) => name),
    );
  });
});

/** The indented block below a heading. */
async function configurationOf(router: string): Promise<string> {
  const page = await readFile('docs/bgp.md', 'utf8');
  const section = page.split(`\n### ${router}\n`)[1]?.split('\n## ')[0]?.split('\n### ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('    '));
  assert.ok(lines.length > 5, `docs/bgp.md has a configuration for ${router}`);
  return `${lines.map((line) => line.slice(4)).join('\n')}\n`;
}
