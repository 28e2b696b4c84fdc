import assert from 'node:assert/strict';
import { answeredByAnother, askNode, during, type Election, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import type { Process } from '../lab/process.js';

const port = 8088;
const listener = `require('node:net').createServer((s) => s.end()).listen(${port}, '127.0.0.1')`;

describe('agents in network namespaces, with a check of a service on each node', function () {
  this.timeout(120_000);
  let subject: ManifestNodes & Election;
  const services = new Map<string, Process>();
  const serve = (node: Node) => services.set(node.name, node.host.start('service', process.execPath, ['-e', listener]));
  const stopService = async (node: Node) => {
    services.get(node.name)!.signal('SIGKILL');
    await services.get(node.name)!.exited;
  };
  const write = (weight?: number) =>
    subject.write('group', {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [subject.vip],
      vrrp: {
        virtualRouterId: 11,
        advertisementInterval: '100ms',
        checks: [{ name: 'service', tcp: `127.0.0.1:${port}`, interval: '100ms', ...(weight ? { weight } : {}) }],
      },
    });
  const part = async (node: Node) => (await askNode(node)).members[0]!;

  before(async () => {
    subject = { ...(await startManifestNodes(`oagc${process.pid}`)), vip: '10.77.0.100' };
    for (const node of subject.nodes) serve(node);
    write();
  });
  after(() => subject?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || subject === undefined) return;
    for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  it('a leader whose service ends moves the address with no probe lost, says why, and stands by when it is back', async () => {
    const seen = await during(subject, async (leader, prober) => {
      await stopService(leader);
      await answeredByAnother(prober, leader);
    });
    const lost = seen.silences.reduce((sum, silence) => sum + silence.lost, 0);
    assert.ok(lost <= 2, `${lost} probes of 1000 a second lost`);
    const out = await eventually('the former leader to have let go', async () => {
      const now = await part(seen.before);
      return now.state === 'Initialize' ? now : undefined;
    });
    assert.match(out.message ?? '', /check service fails: 127\.0\.0\.1:8088: ECONNREFUSED/);
    serve(seen.before);
    assert.equal(await settledLeader(subject), seen.after);
    assert.equal((await part(seen.before)).message, undefined);
  });

  it('with a weight it gives way to a better node, and stays in the group with what is left of its priority', async () => {
    write(100);
    await settledLeader(subject);
    const seen = await during(subject, async (leader, prober) => {
      await stopService(leader);
      await answeredByAnother(prober, leader);
    });
    const lost = seen.silences.reduce((sum, silence) => sum + silence.lost, 0);
    assert.ok(lost <= 2, `${lost} probes of 1000 a second lost`);
    const weighed = await eventually('the former leader to stand by', async () => {
      const now = await part(seen.before);
      return now.state === 'Backup' ? now : undefined;
    });
    assert.match(weighed.message ?? '', /check service takes 100 off the priority: .*ECONNREFUSED/);
    assert.ok(weighed.priority <= 154, `${weighed.priority}`);
  });
});
