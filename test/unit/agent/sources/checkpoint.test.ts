import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointPath, loadCheckpoint, saveCheckpoint } from '../../../../src/agent/sources/checkpoint.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';

const group: VipGroup = {
  metadata: { name: 'web', uid: 'u', resourceVersion: '7' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.1'],
    vrrp: { virtualRouterId: 1 },
    members: [{ node: 'a', priority: 254 }],
  },
  status: { holder: 'a' },
};

describe('the checkpoint', () => {
  let directory: string;
  let path: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'checkpoint-'));
    path = checkpointPath(join(directory, 'not/there/yet'), 'node/1');
  });
  after(() => rm(directory, { recursive: true }));

  it('is undefined before the first save', async () => {
    assert.equal(await loadCheckpoint(path), undefined);
  });

  it('gives back names and specs, and nothing of the status', async () => {
    await saveCheckpoint(path, new Map([['web', group]]));
    const loaded = await loadCheckpoint(path);
    assert.deepEqual([...loaded!.groups], [['web', { metadata: { name: 'web' }, spec: group.spec }]]);
    assert.ok(Date.parse(loaded!.savedAt) > 0);
  });

  it('leaves no temporary file behind', async () => {
    await saveCheckpoint(path, new Map());
    assert.deepEqual(await readdir(join(directory, 'not/there/yet')), ['groups-node%2F1.json']);
  });

  it('leaves out a group that is not valid (any more)', async () => {
    const bad = { ...group, metadata: { name: 'bad' }, spec: { ...group.spec, addresses: ['x'] } };
    await saveCheckpoint(
      path,
      new Map([
        ['web', group],
        ['bad', bad],
      ]),
    ); // prettier-ignore
    assert.deepEqual([...(await loadCheckpoint(path))!.groups.keys()], ['web']);
  });

  for (const [what, text] of [
    ['cut short', '{"form":1,"gro'],
    ['of another form', '{"form":2,"groups":[]}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['empty', ''],
  ] as const) {
    it(`that is ${what} is refused by name`, async () => {
      const damaged = join(directory, 'damaged.json');
      await writeFile(damaged, text);
      await assert.rejects(loadCheckpoint(damaged), /checkpoint .*damaged\.json is damaged and is not used/);
    });
  }
});
