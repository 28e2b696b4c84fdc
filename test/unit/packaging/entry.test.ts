import assert from 'node:assert/strict';
import { complete, type Entry, file, tar } from '../../../scripts/packaging/entry.js';
import { readTar } from '../../../scripts/packaging/read-tar.js';

const link: Entry = { kind: 'link', path: 'lib/so', target: 'so.1' };

describe('an archive', () => {
  it('is the same bytes in whatever order its entries come', async () => {
    const entries = [file('b/two', 'two'), link, file('a', 'one', 0o755)];
    assert.deepEqual(await tar(entries), await tar(entries.toReversed()));
  });

  it('has the folders of its files, each before what lies in it', () => {
    const paths = complete([file('a/b/c', ''), file('a.txt', ''), file('a/b.txt', '')]).map(({ path }) => path);
    for (const [path, folder] of [
      ['a/b', 'a'],
      ['a/b/c', 'a/b'],
      ['a/b.txt', 'a'],
    ] as const)
      assert.ok(paths.indexOf(folder) >= 0 && paths.indexOf(folder) < paths.indexOf(path), paths.join(' '));
    assert.equal(paths.length, 5);
  });

  it('is read back as it was written, long names and links too', async () => {
    const long = `${'folder/'.repeat(30)}file`;
    const entries = [
      file(long, 'x'),
      link,
      file('run', 'y', 0o755),
      { kind: 'folder', path: 'tmp', mode: 0o1777 } as const,
    ];
    assert.deepEqual(await readTar(await tar(entries), () => true), complete(entries));
  });

  it('takes no path that leads out of it, and none twice', () => {
    for (const path of ['/etc/passwd', '../up', 'a/../../b', 'a//b', './a'])
      assert.throws(() => complete([file(path, '')]), /no path of an archive/, path);
    assert.throws(() => complete([file('a', '1'), file('a', '2')]), /twice in an archive: a/);
    assert.throws(() => complete([file('a', ''), file('a/b', '')]), /a is no folder/);
  });

  it('that was cut off is not taken for whole', async () => {
    const whole = await tar([file('a', 'x'.repeat(5000))]);
    await assert.rejects(readTar(whole.subarray(0, 2048), () => true));
  });
});
