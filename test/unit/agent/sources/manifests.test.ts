import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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
  const begin = async () => {
    const log = { ...silentLogger(), error: (_: string, fields?: object) => void refusals.push(fields ?? {}) };
    source = await watchManifests({ directory, onGroups: take, log });
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

  it('takes the other files when one is wrong from the start', async () => {
    await put('a.yaml', 'a: [');
    await put('b.yaml', manifest('b'));
    await begin();
    assert.deepEqual(names(), ['b']);
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
