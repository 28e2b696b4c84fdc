import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BgpObjects } from '../../../../src/agent/sources/bgp-source.js';
import type { GroupSink, GroupSource } from '../../../../src/agent/sources/group-source.js';
import { watchManifests } from '../../../../src/agent/sources/manifests.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';

const manifest = (name: string, priority = 254) =>
  JSON.stringify({
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'VipGroup',
    metadata: { name },
    spec: {
      protocol: 'vip',
      interface: 'eth0',
      addresses: ['192.0.2.1'],
      vrrp: { virtualRouterId: 1 },
      members: [{ node: 'a', priority }],
    },
  });

describe('a directory of manifests', () => {
  let directory: string;
  let source: GroupSource | undefined;
  let latest: ReadonlyMap<string, VipGroup> | undefined;
  let refusals: object[];
  let bgp: BgpObjects | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'manifests-'));
    latest = undefined;
    refusals = [];
  });
  afterEach(async () => {
    await source?.stop();
    source = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  const put = async (file: string, text: string) => {
    await writeFile(join(directory, `.${file}`), text);
    await rename(join(directory, `.${file}`), join(directory, file));
  };
  let files: ReadonlyMap<string, string> | undefined;
  const take: GroupSink = (groups, where) => {
    latest = new Map(groups);
    files = where;
  };
  const begin = async (also: GroupSink = () => {}) => {
    const log = { ...silentLogger(), error: (_: string, fields?: object) => void refusals.push(fields ?? {}) };
    const onGroups: GroupSink = (...args) => {
      take(...args);
      also(...args);
    };
    const onBgp = (objects: BgpObjects) => {
      bgp = objects;
    };
    const passwordsDir = join(directory, 'passwords');
    source = await watchManifests({ directory, node: 'n1', passwordsDir, onGroups, onBgp, log });
  };
  const until = async (condition: () => boolean) => {
    for (const deadline = performance.now() + 5_000; performance.now() < deadline; await wait(5))
      if (condition()) return;
    assert.fail(`not within 5 s; last seen: ${JSON.stringify([...(latest ?? [])])} ${JSON.stringify(refusals)}`);
  };
  const names = () => [...(latest?.keys() ?? [])];

  it('is read at the start, hidden files and other extensions apart', async () => {
    await put('a.yaml', manifest('a'));
    await put('b.json', manifest('b'));
    await put('c.txt', manifest('c'));
    await writeFile(join(directory, '.d.yaml'), manifest('d'));
    await begin();
    assert.deepEqual(names(), ['a', 'b']);
    assert.deepEqual(
      files,
      new Map([
        ['a', join(directory, 'a.yaml')],
        ['b', join(directory, 'b.json')],
      ]),
    );
  });

  it('says since when it cannot be read, what goes on, and is in touch again when it can', async () => {
    await put('a.yaml', manifest('a'));
    await begin();
    assert.ok(source!.silentMs()! < 5_000);
    const away = `${directory}-away`;
    await rename(directory, away);
    await until(() => source!.problem() !== undefined);
    assert.match(source!.problem()!, /cannot be read since 2\d{3}-.*ENOENT.*going by what they said then$/);
    assert.deepEqual(names(), ['a']);
    await rename(away, directory);
    await until(() => source!.problem() === undefined);
  });

  const bgpFile = (peer: object) =>
    [
      {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'BgpConf',
        metadata: { name: 'default' },
        spec: { as: 65_001 },
      },
      {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'BgpPeer',
        metadata: { name: 'tor' },
        spec: { conf: { neighborAddress: '192.0.2.1', peerAs: 65_000, ...peer } },
      },
    ]
      .map((object) => JSON.stringify(object))
      .join('\n---\n');

  it('may hold BgpConf and BgpPeers beside groups; what a file said before goes on when it becomes wrong', async () => {
    await put('a.yaml', manifest('a'));
    await put('bgp.yaml', bgpFile({}));
    await begin();
    assert.deepEqual([bgp!.conf!.spec.as, [...bgp!.peers.keys()], bgp!.node.name], [65_001, ['tor'], 'n1']);
    assert.deepEqual(names(), ['a']);
    await put('bgp.yaml', bgpFile({ peerAs: -1 }));
    await until(() => refusals.length > 0);
    assert.match(JSON.stringify(refusals), /spec\.conf\.peerAs/);
    assert.deepEqual([...bgp!.peers.keys()], ['tor']);
    await put('bgp.yaml', bgpFile({ peerAs: 65_009 }));
    await until(() => bgp!.peers.get('tor')!.spec.conf!.peerAs === 65_009);
    await rm(join(directory, 'bgp.yaml'));
    await until(() => bgp!.peers.size === 0 && bgp!.conf === undefined);
    assert.deepEqual(names(), ['a']);
  });

  it('has passwords beside it, less the line end of an editor, and hands on that one has changed', async () => {
    await mkdir(join(directory, 'passwords', 'tor'), { recursive: true });
    await writeFile(join(directory, 'passwords', 'tor', 'password'), 'first\n');
    await put('bgp.yaml', bgpFile({ passwordSecret: { name: 'tor' } }));
    await begin();
    const password = () => {
      const view = bgp!.secret('tor');
      return typeof view === 'object' && 'data' in view
        ? Buffer.from(view.data.password ?? '', 'base64').toString()
        : view;
    };
    assert.equal(password(), 'first');
    await writeFile(join(directory, 'passwords', 'tor', 'password'), 'second');
    await until(() => password() === 'second');
    spawnSync('mkfifo', [join(directory, 'passwords', 'tor', 'pipe')]);
    await until(() => typeof password() === 'object');
    assert.deepEqual(password(), { unreadable: 'its entry pipe is no regular file' });
    await rm(join(directory, 'passwords', 'tor'), { recursive: true });
    await until(() => password() === 'absent');
  });

  it('is followed when files come, change and go', async () => {
    await begin();
    await put('a.yaml', manifest('a'));
    await until(() => names().includes('a'));
    await put('a.yaml', manifest('a', 100));
    await until(() => latest?.get('a')?.spec.members[0]?.priority === 100);
    await rm(join(directory, 'a.yaml'));
    await until(() => names().length === 0);
  });

  it('keeps what a file said before when it becomes wrong, names the file, and takes it again when it is mended', async () => {
    await put('a.yaml', manifest('a'));
    await begin();
    await put('a.yaml', manifest('a', 999));
    await until(() => refusals.length > 0);
    assert.deepEqual(names(), ['a']);
    assert.match(JSON.stringify(refusals[0]), /a\.yaml.*spec\.members\[0\]\.priority.*"before":"goes on"/);
    assert.match(
      source!.refused().join(),
      /a\.yaml: spec\.members.*\(refused since 2.*, what it said before goes on\)$/,
    );
    assert.equal(source!.problem(), undefined, 'it is in touch');
    await put('a.yaml', manifest('a', 99));
    await until(() => latest?.get('a')?.spec.members[0]?.priority === 99);
    assert.deepEqual(source!.refused(), []);
  });

  for (const [what, text] of [
    ['becomes empty', ''],
    ['keeps only a comment', '# \n'],
    ['loses a document', `${manifest('a')}\n---\n`],
  ] as const) {
    it(`keeps the groups of a file that ${what}, until it is taken away`, async () => {
      await put('a.yaml', `${manifest('a')}\n---\n${manifest('b')}`);
      await begin();
      await writeFile(join(directory, 'a.yaml'), text); // in place, as on a full disk
      await until(() => refusals.length > 0);
      assert.deepEqual(names(), ['a', 'b']);
      assert.match(source!.refused().join(), /a\.yaml: .*is empty: .*what it said before goes on\)$/);
      await rm(join(directory, 'a.yaml'));
      await until(() => names().length === 0);
      assert.deepEqual(source!.refused(), []);
    });
  }

  it('keeps the groups of a file that is removed only to be written anew, or under another name', async () => {
    let least = 1;
    await put('a.yaml', manifest('a'));
    await begin((groups) => {
      least = Math.min(least, groups.size);
    });
    await rm(join(directory, 'a.yaml'));
    await source!.reload();
    await put('a.yaml', manifest('a', 100));
    await until(() => latest?.get('a')?.spec.members[0]?.priority === 100);
    await rename(join(directory, 'a.yaml'), join(directory, 'b.yaml'));
    await until(() => files?.get('a') === join(directory, 'b.yaml'));
    assert.equal(least, 1);
    assert.deepEqual(refusals, []);
  });

  it('looks at once when it is told to', async () => {
    await begin();
    await put('a.yaml', manifest('a'));
    await source!.reload();
    assert.deepEqual(names(), ['a']);
  });

  it('takes the other files when one is wrong from the start', async () => {
    await put('a.yaml', 'a: [');
    await put('b.yaml', manifest('b'));
    await begin();
    assert.deepEqual(names(), ['b']);
  });

  it('takes the other files when one is a pipe, a device without end, too long or a loop, and says so', async () => {
    const at = (file: string) => join(directory, file);
    spawnSync('mkfifo', [at('pipe.yaml')]);
    await symlink('/dev/zero', at('device.yaml'));
    await symlink('loop.yaml', at('loop.yaml'));
    await mkdir(at('folder.yaml'));
    await writeFile(at('long.yaml'), '');
    await truncate(at('long.yaml'), 2 * 1024 * 1024 + 1);
    await put('z.yaml', manifest('z'));
    await begin();
    assert.deepEqual(names(), ['z']);
    const refused = source!.refused().join('\n');
    for (const [file, reason] of [
      ['pipe', 'it is no regular file'],
      ['device', 'it is no regular file'],
      ['folder', 'it is no regular file'],
      ['loop', 'it cannot be read: ELOOP'],
      ['long', 'it has more than 2097152 bytes'],
    ])
      assert.match(refused, new RegExp(`/${file}\\.yaml: ${reason}`));
  });

  for (const [what, text] of [
    [
      'aliases that multiply',
      `a: &a [x, x]\n${[...'bcdefghijklmn'].map((c, i) => `${c}: &${c} [${`*${'abcdefghijklmn'[i]}, `.repeat(9)}]`).join('\n')}`,
    ],
    ['an alias for what it is part of', 'kind: VipGroup\nspec: &a {b: *a}\n'],
    ['brackets without end', '['.repeat(100_000)],
    ['a list in a list without end', '- '.repeat(50_000)],
    ['keys in keys without end', '? '.repeat(50_000)],
    ['keys without end', Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['keys without end in JSON', `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}": 1`).join()}}`],
    ['closing brackets without end', ']'.repeat(500_000)],
    ['documents without end', '--- a\n'.repeat(10_000)],
    ['one key twice', 'kind: VipGroup\nkind: VipGroup\n'],
    ['bytes of no text', '\u0000\u0001\ufffd'],
  ] as const) {
    it(`refuses a file of ${what}, soon, and goes on with what it said before`, async () => {
      await put('a.yaml', manifest('a'));
      await begin();
      await put('a.yaml', text);
      const started = performance.now();
      await until(() => refusals.length > 0);
      assert.ok(performance.now() - started < 3_000);
      assert.deepEqual(names(), ['a']);
      assert.match(source!.refused().join(), /a\.yaml: .*what it said before goes on\)$/s);
    });
  }

  it('takes a file with a byte order mark, and with line ends of another system', async () => {
    await put('a.yaml', `\ufeff---\r\n${manifest('a')}\r\n`);
    await begin();
    assert.deepEqual(names(), ['a']);
    assert.deepEqual(source!.refused(), []);
  });

  it('takes the first of two files that define the same group, and says so', async () => {
    await put('a.yaml', manifest('web', 254));
    await put('b.yaml', manifest('web', 100));
    await begin();
    assert.equal(latest?.get('web')?.spec.members[0]?.priority, 254);
    assert.deepEqual(refusals, [{ group: 'web', first: 'a.yaml', second: 'b.yaml' }]);
    assert.deepEqual(source!.refused(), ['VipGroup web is in b.yaml as well as in a.yaml, which counts']);
  });

  it('is refused when it does not exist', async () => {
    await rm(directory, { recursive: true });
    await assert.rejects(begin(), { code: 'ENOENT' });
  });
});
