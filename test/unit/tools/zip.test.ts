import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { extractZipEntry, readZipDirectory } from '../../../scripts/tools/zip.js';

interface Member {
  readonly name: string;
  readonly method: 0 | 8;
  readonly content: Buffer;
  /** What the directory claims, where that is wrong. */
  readonly claimedSize?: number;
}

describe('a ZIP archive', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zip-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  const archive = async (members: readonly Member[], comment = '') => {
    const path = join(folder, `${Math.random()}.zip`);
    await writeFile(path, zip(members, comment));
    return path;
  };
  const content = Buffer.from('kubectl '.repeat(1000));

  for (const [what, method] of [
    ['stored', 0],
    ['deflated', 8],
  ] as const)
    it(`gives back a ${what} file with its mode`, async () => {
      const path = await archive([
        { name: 'first', method: 0, content: Buffer.from('x') },
        { name: 'dir/tool', method, content },
      ]);
      const entry = (await readZipDirectory(path)).find(({ name }) => name === 'dir/tool')!;
      const target = join(folder, `out-${what}`);
      await extractZipEntry(path, entry, target, 0o755);
      assert.deepEqual(await readFile(target), content);
      assert.equal((await stat(target)).mode & 0o777, 0o755);
    });

  it('may end with a comment', async () => {
    const path = await archive([{ name: 'a', method: 0, content }], 'made by hand');
    assert.deepEqual(
      (await readZipDirectory(path)).map(({ name, size }) => [name, size]),
      [['a', content.length]],
    );
  });

  it('is refused when a file is not as long as it says', async () => {
    const path = await archive([{ name: 'a', method: 8, content, claimedSize: 5 }]);
    const [entry] = await readZipDirectory(path);
    await assert.rejects(
      extractZipEntry(path, entry!, join(folder, 'short'), 0o644),
      /unpacked to 8000 bytes instead of 5/,
    );
  });

  it('is refused by name when it is none', async () => {
    const path = join(folder, 'text.zip');
    await writeFile(path, 'this is no archive');
    await assert.rejects(readZipDirectory(path), /text\.zip is not a ZIP archive/);
  });
});

/** APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16; checksums are left out: nobody reads them here. */
function zip(members: readonly Member[], comment: string): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, method, content, claimedSize } of members) {
    const data = method === 8 ? deflateRawSync(content) : content;
    const size = claimedSize ?? content.length;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(name.length, 26);
    local.push(header, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    offset += header.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...local, ...directory, end, Buffer.from(comment)]);
}
