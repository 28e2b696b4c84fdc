import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passwordFrom } from '../../../../src/agent/bgp/passwords.js';
import {
  bgpCheckpointPath,
  loadBgpCheckpoint,
  parseBgpCheckpoint,
  saveBgpCheckpoint,
} from '../../../../src/agent/sources/bgp-checkpoint.js';
import { conf, group, node, peer, plan } from '../bgp/given.js';

describe('the checkpoint of BGP', () => {
  let directory: string;
  let path: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'checkpoint-'));
    path = bgpCheckpointPath(join(directory, 'not/there/yet'), 'node/1');
  });
  after(() => rm(directory, { recursive: true }));

  const secret = () => ({ data: { password: Buffer.from('hunter2').toString('base64') } });
  const peers = [
    peer('open', { conf: { neighborAddress: '192.0.2.1' } }),
    peer('secret', { conf: { neighborAddress: '192.0.2.2', passwordSecret: { name: 's' } } }),
    peer('clear', { conf: { neighborAddress: '192.0.2.3', authPassword: 'hunter2' } }),
  ];
  const objects = {
    conf: conf(),
    peers: new Map(peers.map((each) => [each.metadata.name, each])),
    node: { ...node, labels: { rack: 'east' } },
    secret,
    secretsIn: 'namespace x',
  };

  it('is undefined before the first save', async () => assert.equal(await loadBgpCheckpoint(path), undefined));

  it('gives back what the node spoke by', async () => {
    await saveBgpCheckpoint(path, objects);
    const loaded = (await loadBgpCheckpoint(path))!;
    assert.deepEqual(loaded.conf!.spec, objects.conf.spec);
    assert.deepEqual(loaded.node, objects.node);
    assert.deepEqual(loaded.peers.get('open')!.spec, peers[0]!.spec);
  });

  it('holds no password, and no session goes without the one that it had', async () => {
    await saveBgpCheckpoint(path, objects);
    assert.doesNotMatch(await readFile(path, 'utf8'), /hunter2|aHVudGVy/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const loaded = (await loadBgpCheckpoint(path))!;
    const { peers: planned, speaker } = plan({
      ...loaded,
      peers: loaded.peers.values(),
      password: (each) => passwordFrom(each, loaded.secret, loaded.secretsIn, undefined),
    });
    assert.deepEqual(
      speaker.peers.map(({ name }) => name),
      ['open'],
    );
    for (const name of ['secret', 'clear'])
      assert.match(planned.get(name)!.problem!.message, /passwords are not kept on disk; there is no session/);
  });

  it('is refused when it is of another form, and without what is no longer valid', () => {
    assert.throws(() => parseBgpCheckpoint('{"form":2}'), /form 1/);
    for (const text of ['null', '[]', '7']) assert.throws(() => parseBgpCheckpoint(text), /no JSON object/);
    const text = JSON.stringify({ form: 1, conf: group('g'), peers: [peers[0], { metadata: { name: 'x' } }], node });
    const { peers: left, conf: none } = parseBgpCheckpoint(text);
    assert.deepEqual([[...left.keys()], none], [['open'], undefined]);
  });
});
