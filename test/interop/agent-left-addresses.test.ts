import assert from 'node:assert/strict';
import { execa } from 'execa';
import { askNode } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { startKeepalived } from '../lab/keepalived.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';

const vip = '10.77.0.100';
const spec = (addresses: readonly string[], vrrp: { readonly removeForeignAddresses?: boolean }) => ({
  protocol: 'vip' as const,
  interface: 'eth0',
  addresses: [...addresses],
  vrrp: { virtualRouterId: 9, advertisementInterval: '100ms', ...vrrp },
});

/** Kills every keepalived of a host at once, so that none puts anything in order. */
async function killKeepalived(host: Host): Promise<void> {
  const { stdout } = await execa('ip', ['netns', 'pids', host.namespace]);
  const pids = stdout.split('\n').filter(Boolean);
  const named = await execa('ps', ['-o', 'pid=,comm=', '-p', pids.join(',')], { reject: false });
  const found = [...named.stdout.matchAll(/^\s*(\d+) keepalived/gm)].map(([, pid]) => Number(pid));
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of found) process.kill(pid, signal);
}

describe('an address that a keepalived left on a Backup’s NIC when it was killed', function () {
  this.timeout(60_000);
  let nodes: ManifestNodes;
  let backup: ManifestNodes['nodes'][number];

  before(async () => {
    nodes = await startManifestNodes(`oalf${process.pid}`, 2);
    backup = nodes.nodes[1]!;
    const { host } = backup;
    const instance = { virtualRouterId: 77, priority: 100, interval: 0.1, addresses: [vip] };
    const keepalived = await startKeepalived(host, nodes.lab.folder, [instance]);
    await eventually('keepalived to hold it', async () => (await host.addresses()).includes(vip), {
      onTimeout: () => keepalived.log(),
    });
    await killKeepalived(host);
    await keepalived.exited;
    assert.ok((await host.addresses()).includes(vip), 'nobody took it away');
  });
  after(() => nodes?.lab.close());

  it('stays there and is told of, while nobody said that it may be removed', async () => {
    nodes.write('group', spec([], {})); // without addresses, whoever is to lead takes over
    const states = async () => (await Promise.all(nodes.nodes.map(askNode))).map(({ members: [own] }) => own?.state);
    await eventually('an election', async () => (await states()).join() === 'Active,Backup');
    nodes.write('group', spec([vip], {}));
    const told = () => backup.agent().log().includes(`${vip} is on eth0, so the kernel of this node answers for it`);
    await eventually('the log line', told, { onTimeout: () => backup.agent().log() });
    assert.ok((await backup.host.addresses()).includes(vip));
  });

  it('is removed where the group says so; the leader has it then, and its MAC alone answers', async () => {
    nodes.write('group', spec([vip], { removeForeignAddresses: true }));
    const [leader] = nodes.nodes;
    const holds = async (node: typeof backup) => (await node.host.addresses()).includes(vip);
    await eventually('the leader alone to hold it', async () => (await holds(leader!)) && !(await holds(backup)), {
      withinMs: 20_000,
      onTimeout: () => leader!.agent().log() + backup.agent().log(),
    });
    assert.match(backup.agent().log(), /"message":"removed addresses that another program left on the interface"/);
    const mac = (await leader!.host.run('cat', ['/sys/class/net/eth0/address'])).trim();
    assert.deepEqual(await macsThatAnswerFor(nodes.client, vip), [mac]);
  });
});
