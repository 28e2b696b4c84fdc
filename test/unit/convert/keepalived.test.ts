import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { validateVipGroup } from '../../../src/api/validate.js';
import { manifestsText } from '../../../src/convert/command.js';
import { convert } from '../../../src/convert/convert.js';
import { remarkText } from '../../../src/convert/document.js';
import { isKeepalivedConf, readConf } from '../../../src/convert/keepalived/syntax.js';

const folder = join(projectRoot(), 'test/unit/convert/keepalived');

function converted(files: Readonly<Record<string, string>>) {
  const confs = Object.entries(files).map(([from, text]) => ({ from, text, node: from.replace('.conf', '') }));
  return convert([], { protocol: 'layer2' }, confs);
}

describe('convert, of a keepalived.conf', () => {
  for (const name of readdirSync(folder))
    it(`turns ${name} into the golden manifests, and says what has no counterpart`, () => {
      const at = (file: string) => join(folder, name, file);
      const names = readdirSync(at('')).filter((each) => each.endsWith('.conf'));
      const { manifests, remarks, problems } = converted(
        Object.fromEntries(names.sort().map((each) => [each, readFileSync(at(each), 'utf8')])),
      );
      const said = [...remarks.map(remarkText), ...problems.map((each) => `problem: ${remarkText(each)}`)];
      const outcome = {
        'out.yaml': manifestsText(manifests),
        'remarks.txt': said.map((line) => `${line}\n`).join(''),
      };
      for (const [file, text] of Object.entries(outcome)) {
        if (process.env.UPDATE_GOLDEN === '1') writeFileSync(at(file), text);
        assert.ok(existsSync(at(file)), `${file} is missing: run with UPDATE_GOLDEN=1 and read what it wrote`);
        assert.equal(text, readFileSync(at(file), 'utf8'));
      }
    });

  it('makes groups that agents take, and that do the same, where there is nothing to say', () => {
    const text = (priority: number, own: string) =>
      `vrrp_instance A { interface eth0\n virtual_router_id 5\n version 3\n advert_int 0.25\n nopreempt\n state BACKUP
       priority ${priority}\n mcast_src_ip ${own}\n virtual_ipaddress { 192.0.2.5/32\n }\n}`;
    const result = converted({ 'n1.conf': text(200, '192.0.2.11'), 'n2.conf': text(100, '192.0.2.12') });
    assert.deepEqual([...result.remarks, ...result.problems], []);
    assert.equal(result.manifests.length, 1);
    assert.ok(validateVipGroup(result.manifests[0], { strict: true }).ok);
    assert.deepEqual(result.manifests[0]!.spec, {
      protocol: 'vip',
      interface: 'eth0',
      addresses: ['192.0.2.5'],
      vrrp: { virtualRouterId: 5, advertisementInterval: '250ms', preempt: false },
      members: [
        { node: 'n1', address: '192.0.2.11', priority: 200 },
        { node: 'n2', address: '192.0.2.12', priority: 100 },
      ],
    });
  });

  it('of one machine alone says whom it lacks', () => {
    const text = 'vrrp_instance A {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 192.0.2.5\n }\n}\n';
    const said = converted({ 'n1.conf': text }).problems.map(remarkText);
    assert.match(said.join('\n'), /spec\.members: has one member: add the other machines/);
    assert.match(said.join('\n'), /spec\.members\[\]\.address: is in no file for n1/);
  });

  it('refuses what one file does not tell, with the line', () => {
    for (const [text, line, reason] of [
      ['include /etc/keepalived/*.conf', 1, /includes other files/],
      ['vrrp_instance A {\n@n1 priority 5\n}', 2, /holds for some machines/],
      ['$VIP=192.0.2.5\nvrrp_instance A {\n}', 1, /defines \$VIP=192/],
      ['vrrp_instance A {\n priority $P\n}', 2, /has \$P: write what it stands for/],
      ['vrrp_instance A {\n', 1, /a \{ that nothing closes/],
      ['vrrp_instance A {\n}\n}\n', 3, /a \} too many/],
      ['{\n}\n', 1, /a \{ that no keyword stands before/],
      ['vrrp_script a {\n script "x\n}', 2, /a " that nothing closes/],
      [`${'a {\n'.repeat(9)}`, 9, /more than 8 blocks/],
    ] as const) {
      const read = readConf(text);
      assert.ok(!read.ok, text);
      assert.equal(read.line, line, text);
      assert.match(read.reason, reason);
    }
    const [problem] = converted({ 'n1.conf': 'include x' }).problems;
    assert.deepEqual(problem, {
      object: 'n1.conf:1',
      field: '',
      message: 'includes other files: put their text there',
    });
  });

  it('reads comments, quotes, and braces wherever they stand', () => {
    const read = readConf('a b#c\n! d {\ne "f {# \\"g\\"" h { i\n}\nj\n{ k l }\n');
    const plain = (statements: readonly { words: readonly string[]; block: readonly unknown[] }[]): unknown =>
      statements.map(({ words, block }) => [words.join('|'), plain(block as typeof statements)]);
    assert.ok(read.ok);
    assert.deepEqual(plain(read.statements), [
      ['a|b', []],
      ['e|f {# "g"|h', [['i', []]]],
      ['j', [['k|l', []]]],
    ]);
  });

  it('is told from manifests', () => {
    assert.ok(isKeepalivedConf('# x\nvrrp_instance A {\n}\n'));
    assert.ok(isKeepalivedConf('global_defs {\n}\n'));
    assert.ok(
      !isKeepalivedConf('apiVersion: v1\nkind: ConfigMap\ndata:\n  keepalived.conf: |\n    vrrp_instance A {\n'),
    );
    assert.ok(!isKeepalivedConf('kind: Service\n'));
  });
});
