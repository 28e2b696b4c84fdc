import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyDirectory, watchKeys } from '../../../../src/agent/keys/key-directory.js';
import { eventually } from '../../../lab/eventually.js';

const key = (letter: string) => letter.repeat(32);

describe('the directory with keys', () => {
  let path: string;
  let directory: KeyDirectory;
  let changes: number;
  let lines: string[];
  const log = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const start = async () => {
    directory = await watchKeys({
      path,
      onChange: () => void changes++,
      log: { info: log('info'), warn: log('warn'), error: log('error') } as never,
    });
  };
  const write = (file: string, content: string) => writeFileSync(join(path, file), content, { mode: 0o600 });
  const ring = (keys = 'lan') => {
    const { keys: found, problems } = directory.ring(keys);
    return { keys: found.map(({ id, key: each }) => `${id} ${each.export().toString()[0]}`), problems };
  };
  const becomes = (keys: readonly string[]) =>
    eventually(`keys ${keys}`, () => (JSON.stringify(ring().keys) === JSON.stringify(keys) ? true : undefined));

  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'keys-'));
    changes = 0;
    lines = [];
  });
  afterEach(async () => {
    await directory.stop();
    rmSync(path, { recursive: true, force: true });
    for (const line of lines) assert.ok(!/aaaa|bbbb|cccc/.test(line), line);
  });

  it('refuses what is no file, or too long for a key, and has the others', async () => {
    spawnSync('mkfifo', [join(path, 'lan.1')]);
    symlinkSync('/dev/zero', join(path, 'lan.2'));
    write('lan.3', key('c').repeat(1_000));
    write('lan.4', key('d'));
    await start();
    assert.deepEqual(ring().keys, ['4 d']);
    assert.deepEqual(ring().problems, [
      'lan.1 is no regular file',
      'lan.2 is no regular file',
      'lan.3 has more than 4096 bytes',
    ]);
  });

  it('has keys by name, in the order of their IDs', async () => {
    write('lan.10', key('b'));
    write('lan.2', key('a'));
    write('dmz.1', key('c'));
    await start();
    assert.deepEqual(ring(), { keys: ['2 a', '10 b'], problems: [] });
    assert.deepEqual(ring('dmz').keys, ['1 c']);
    assert.deepEqual(ring('other'), { keys: [], problems: [] });
  });

  it('is read again when a key comes or goes', async () => {
    write('lan.1', key('a'));
    await start();
    write('lan.2', key('b'));
    await becomes(['1 a', '2 b']);
    unlinkSync(join(path, 'lan.1'));
    await becomes(['2 b']);
    await eventually('two changes', () => (changes >= 2 ? true : undefined));
  });

  it('is read again when it changes as a mounted Secret does', async () => {
    const version = (name: string, files: Record<string, string>) => {
      mkdirSync(join(path, name));
      for (const [file, content] of Object.entries(files)) write(join(name, file), content);
      symlinkSync(name, join(path, '..data_tmp'));
      renameSync(join(path, '..data_tmp'), join(path, '..data'));
    };
    version('..2026_1', { 'lan.1': key('a') });
    symlinkSync('..data/lan.1', join(path, 'lan.1'));
    await start();
    assert.deepEqual(ring().keys, ['1 a']);
    version('..2026_2', { 'lan.1': key('a'), 'lan.2': key('b') });
    symlinkSync('..data/lan.2', join(path, 'lan.2'));
    await becomes(['1 a', '2 b']);
    assert.deepEqual(ring().problems, [], 'the same key in another file is the same key');
  });

  it('keeps a key whose file becomes wrong, and says so once', async () => {
    write('lan.1', key('a'));
    await start();
    write('lan.1', 'aaaa');
    await eventually('the problem', () => ring().problems[0]);
    assert.deepEqual(ring().keys, ['1 a']);
    assert.match(ring().problems[0]!, /^lan\.1 holds 4 bytes where a key has 32 to 64, make one with/);
    write('lan.1', key('a'));
    await eventually('no problem', () => (ring().problems.length === 0 ? true : undefined));
    assert.equal(lines.filter((line) => line.startsWith('error')).length, 1);
  });

  it('keeps a key that is replaced under its ID: the nodes would not have the new one at the same time', async () => {
    write('lan.1', key('a'));
    await start();
    write('lan.1', key('b'));
    await eventually('the problem', () => ring().problems[0]);
    assert.deepEqual(ring().keys, ['1 a']);
    assert.match(ring().problems[0]!, /another key under the same ID, which is refused: .* an ID of its own$/);
  });

  it('has no key from a file that was wrong from the start', async () => {
    write('lan.1', 'hex:aaaa');
    await start();
    assert.deepEqual(ring().keys, []);
    assert.match(ring().problems[0]!, /^lan\.1 holds 2 bytes/);
  });

  it('ignores other files, and says what a name must be', async () => {
    write('README', 'aaaa');
    write('.lan.1.swp', key('a'));
    await start();
    assert.deepEqual(ring(), { keys: [], problems: [] });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^warn file ignored .*README.*NAME\.ID/);
  });

  it('warns of a key that others may read', async () => {
    writeFileSync(join(path, 'lan.1'), key('a'), { mode: 0o644 });
    await start();
    assert.ok(lines.some((line) => /^warn key readable by others .*chmod 0600/.test(line)));
    assert.deepEqual(ring().keys, ['1 a']);
  });

  it('may come later, and may go: then its keys go on', async () => {
    rmSync(path, { recursive: true });
    await start();
    assert.deepEqual(ring().keys, []);
    assert.match(lines[0]!, /^error key directory not readable/);
    mkdirSync(path);
    write('lan.1', key('a'));
    await becomes(['1 a']);
    rmSync(path, { recursive: true });
    await eventually('the second complaint', () => lines.filter((line) => line.startsWith('error key directory'))[1]);
    assert.deepEqual(ring().keys, ['1 a']);
  });
});
