import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { Command } from '../../../src/cli/command.js';
import { bashCompletion } from '../../../src/completion/bash.js';
import type { Named } from '../../../src/completion/words.js';
import { zshCompletion } from '../../../src/completion/zsh.js';

const commands: readonly Named[] = [
  {
    name: 'check',
    summary: "say what's wrong",
    command: {
      positionals: 'FILE|DIR',
      flags: [
        { name: 'output', short: 'o', type: 'string', value: 'text|json', help: 'How: [one] of two. More.' },
        { name: 'strict', type: 'boolean', help: "Don't be lenient." },
        { name: 'state-dir', type: 'string', value: 'DIR', help: 'A folder.' },
        { name: 'name', type: 'string', value: 'NAME', help: 'A name.' },
      ],
    },
  },
  { name: 'version', summary: 'which one', command: { flags: [{ name: 'json', type: 'boolean', help: 'JSON.' }] } },
];

describe('completion in bash', function () {
  this.timeout(30_000);
  /** What bash would offer for the last word. */
  const offered = async (...words: readonly string[]) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const script = `${bashCompletion(commands)}\nCOMP_WORDS=(openelb-vip ${line}); COMP_CWORD=${words.length}; _openelb_vip; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await execa('bash', ['--norc', '-c', script], { cwd: projectRoot() });
    assert.equal(stderr, '');
    return stdout === '' ? [] : stdout.split('\n');
  };

  it('offers the commands, and those that begin so', async () => {
    assert.deepEqual(await offered(''), ['check', 'version', '--help']);
    assert.deepEqual(await offered('ve'), ['version']);
  });

  it('offers the flags of the command, and no others', async () => {
    assert.deepEqual(await offered('check', '--s'), ['--strict', '--state-dir']);
    assert.deepEqual(await offered('version', '-'), ['--help', '--json']);
  });

  it('offers the values of a flag: words, files, folders, or nothing', async () => {
    assert.deepEqual(await offered('check', '-o', ''), ['text', 'json']);
    assert.deepEqual(await offered('check', '--output', 'j'), ['json']);
    assert.deepEqual(await offered('check', '--state-dir', 'sr'), ['src']);
    assert.deepEqual(await offered('check', '--name', ''), []);
    assert.deepEqual(await offered('check', '--strict', 'package.js'), ['package.json']);
  });
});

describe('completion of the names of groups', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'completion-'));
    const program = '#!/bin/sh\n[ "$*" = "status --names" ] && printf "lan-0\\nlan-1\\nwan-0\\n"\n';
    await writeFile(join(folder, 'openelb-vip'), program, { mode: 0o755 });
  });
  after(() => rm(folder, { recursive: true }));

  const history: Named = { name: 'history', summary: 'who led', command: { positionals: 'GROUP', flags: [] } };

  it('asks the program for them, in bash', async () => {
    const line = 'COMP_WORDS=(openelb-vip history la); COMP_CWORD=2; _openelb_vip; (IFS=,; echo "${COMPREPLY[*]}")';
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { stdout } = await execa('bash', ['--norc', '-c', `${bashCompletion([history])}\n${line}`], { env });
    assert.equal(stdout, 'lan-0 lan-1');
  });

  it('asks the program for them, in zsh', () => {
    const script = zshCompletion([history]);
    assert.match(script, /history\) _arguments .*'\*:GROUP:_openelb-vip-groups'/s);
    assert.match(script, /groups=\(\$\{\(f\)"\$\(timeout 2 openelb-vip status --names 2>\/dev\/null\)"\}\)/);
  });
});

describe('completion in zsh', () => {
  it('describes commands, flags and values, with quotes and brackets as zsh reads them', () => {
    const script = zshCompletion(commands);
    for (const line of [
      "'check:say what'\\''s wrong'",
      "'(-o --output)'{-o,--output=}'[How\\: \\[one\\] of two]:text|json:(text json)'",
      "'--strict[Don'\\''t be lenient]'",
      "'--state-dir=[A folder]:DIR:_files -/'",
      "'--name=[A name]:NAME: '",
      "'*:FILE|DIR:_files'",
    ])
      assert.ok(script.includes(line), `${line} is missing in:\n${script}`);
  });
});

describe('openelb-vip completion', function () {
  this.timeout(60_000);
  const run = (...args: readonly string[]) =>
    execa(process.execPath, ['--import=tsx', join(projectRoot(), 'src/main.ts'), 'completion', ...args], {
      reject: false,
    });

  it('knows every flag of every command, in both shells', async () => {
    for (const shell of ['bash', 'zsh']) {
      const { exitCode, stdout } = await run(shell);
      assert.equal(exitCode, 0);
      for (const name of ['agent', 'controller', 'status', 'convert', 'check', 'history']) {
        const { command } = (await import(`../../../src/${name}/command.js`)) as { readonly command: Command };
        for (const flag of command.flags)
          assert.ok(stdout.includes(`--${flag.name}`), `${shell}: ${name} --${flag.name}`);
      }
    }
  });

  it('ends with 2 for a shell that it does not know', async () => {
    const { exitCode, stderr } = await run('fish');
    assert.deepEqual([exitCode, stderr], [2, 'openelb-vip completion: name one shell: bash or zsh']);
  });
});
