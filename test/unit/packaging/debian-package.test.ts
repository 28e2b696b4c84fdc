import assert from 'node:assert/strict';
import { ar } from '../../../scripts/packaging/ar.js';
import { debianVersion } from '../../../scripts/packaging/debian-package.js';
import { manPage } from '../../../scripts/packaging/man-page.js';
import { commands } from '../../../scripts/reference/commands.js';

describe("Debian's package", () => {
  it('is an archive of ar, whose members are padded to an even length', () => {
    const bytes = ar(
      [
        { name: 'debian-binary', data: Buffer.from('2.0') },
        { name: 'b', data: Buffer.from('') },
      ],
      1_700_000_000,
    );
    const [magic, first, data, second] = bytes.toString().split('\n');
    assert.equal(magic, '!<arch>');
    assert.equal(first, 'debian-binary   1700000000  0     0     100644  3         `');
    assert.equal(data, '2.0');
    assert.equal(second, 'b               1700000000  0     0     100644  0         `');
    assert.throws(() => ar([{ name: 'a-name-of-17-byte', data: Buffer.from('') }], 0), /too long a name/);
  });

  it('of what is not yet released is older than the release', () => {
    assert.equal(debianVersion('1.2.3'), '1.2.3-1');
    assert.equal(debianVersion('1.2.3-rc.1'), '1.2.3~rc.1-1');
  });

  it('has a man page with every command and every flag, in which no text is taken for a request', async () => {
    const page = await manPage({ version: '1.2.3', created: '2026-11-21T00:00:00Z' });
    assert.match(page, /^\.TH OPENELB\\-VIP 8 2026-11-21 "openelb\\-vip 1\.2\.3"/);
    for (const [name, { flags }] of await commands()) {
      assert.ok(page.includes(`\n.SS ${name.replaceAll('-', '\\-')}\n`), name);
      for (const flag of flags) assert.ok(page.includes(`\\-\\-${flag.name.replaceAll('-', '\\-')}`), flag.name);
    }
    const requests = page.split('\n').filter((line) => /^[.']/.test(line));
    for (const line of requests) assert.match(line, /^\.(TH|SH|SS|TP|PP|br|B)( |$)/);
    assert.ok(requests.length > 100);
  });
});
