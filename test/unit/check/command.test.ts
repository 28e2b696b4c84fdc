import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { readFiles } from '../../../src/check/files.js';
import { reportText } from '../../../src/check/report.js';

const root = projectRoot();
const eip = (more: string) =>
  `apiVersion: network.kubesphere.io/v1alpha2\nkind: Eip\nmetadata: {name: lan}\nspec: {address: 192.0.2.0/28${more}}\n`;

describe('openelb-vip check', function () {
  this.timeout(60_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openelb-check-'));
    await writeFile(join(directory, 'fine.yaml'), eip(''));
    await writeFile(join(directory, 'notes.txt'), '{{{');
    await writeFile(join(directory, '.hidden.yaml'), '{{{');
  });
  after(() => rm(directory, { recursive: true }));

  const run = (args: readonly string[], input = '') =>
    execa(process.execPath, ['--import=tsx', join(root, 'src/main.ts'), 'check', ...args], { reject: false, input });

  it('ends with 0 when all is fine, reading the manifests of a directory and nothing else in it', async () => {
    const { exitCode, stdout, stderr } = await run([directory]);
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.match(stderr, /1 object in 1 file: 0 errors, 0 warnings/);
  });

  it('ends with 1 for an error, with a line that an editor can follow', async () => {
    const { exitCode, stdout } = await run(['-'], eip(', vrrp: {advertisementInterval: soon}'));
    assert.equal(exitCode, 1);
    assert.match(stdout, /^standard input:4: error: Eip lan: spec\.vrrp\.advertisementInterval: is "soon": it must be/);
  });

  it('ends with 0 for a warning, and with 1 where that is asked for', async () => {
    const [lenient, strict] = [
      await run(['-'], eip(', protocal: vip')),
      await run(['--strict', '-'], eip(', protocal: vip')),
    ];
    assert.match(lenient.stdout, /:4: warning: Eip lan: spec\.protocal: .*did you mean protocol\?/);
    assert.deepEqual([lenient.exitCode, strict.exitCode], [0, 1]);
  });

  it('ends with 2 when something cannot be read, and checks the rest', async () => {
    const { exitCode, stdout } = await run(['-o', 'json', join(directory, 'nowhere'), directory, '-'], 'a: [b');
    const { unreadable, objects } = JSON.parse(stdout) as { unreadable: { file: string }[]; objects: number };
    assert.deepEqual(
      [exitCode, unreadable.map(({ file }) => file), objects],
      [2, [join(directory, 'nowhere'), 'standard input'], 1],
    );
  });

  it('ends without a word when whoever reads it has had enough', async () => {
    const wrong = Array.from({ length: 3_000 }, (_, at) => eip('').replace('lan', `L${at}`)).join('---\n');
    await writeFile(join(directory, 'wrong'), wrong);
    const main = join(root, 'src/main.ts');
    const piped = `set -o pipefail; "$0" --import=tsx ${main} check ${join(directory, 'wrong')} | head -1 >&2`;
    const { stderr, exitCode } = await execa('bash', ['-c', piped, process.execPath], { cwd: root, reject: false });
    const first = `${join(directory, 'wrong')}:3: error: Eip L0: metadata.name: `;
    const [summary, ...others] = stderr.split('\n').filter((line) => !line.startsWith(first));
    assert.match(summary ?? '', /^openelb-vip check: 3000 objects in 1 file: /);
    assert.deepEqual([others, exitCode], [[], 1]);
  });

  it('ends with 2 without a file, and for a form of output that there is none of', async () => {
    assert.equal((await run([])).exitCode, 2);
    const { exitCode, stderr } = await run(['-o', 'xml', '-']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--output "xml": it must be text or json/);
  });

  it('says of what stands in place of a file that it is none, and waits for nobody', async () => {
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    await writeFile(join(directory, 'large'), Buffer.alloc(2 * 1024 * 1024 + 1));
    await writeFile(join(directory, 'latin'), Buffer.from([0x61, 0xff]));
    const names = ['pipe', 'large', 'latin'].map((each) => join(directory, each));
    const read = await readFiles([...names, '/dev/zero'], process.stdin);
    assert.deepEqual(
      read.map((each) => (each.ok ? 'read' : each.reason)),
      ['is no regular file', 'has more than 2097152 bytes', 'is no text in UTF-8', 'is no regular file'],
    );
  });

  it('prints one line for each finding, whatever names hold', () => {
    const told = { severity: 'error', file: 'a', line: 1, path: 'x\u001b[2J', message: 'y\nz\u202e' } as const;
    const text = reportText({ findings: [{ ...told, object: 'Eip \r' }], unreadable: [], objects: 1, others: 0 });
    assert.equal(text, 'a:1: error: Eip \\u000d: x\\u001b[2J: y\\u000az\\u202e\n');
  });
});
