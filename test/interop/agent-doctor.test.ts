// What the doctor finds on a node, each thing provoked on real agents in a network of namespaces.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Finding } from '../../src/doctor/finding.js';
import { run } from '../lab/command.js';
import { settledLeader } from '../lab/election.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { addSecondNic } from '../lab/second-nic.js';

const main = join(projectRoot(), 'dist', 'main.js');
const vip = '10.77.0.100';
/** What it must reach: the whole examination of a node. */
const longestMs = 10_000;

describe('openelb-vip doctor on a node', function () {
  this.timeout(120_000);
  let subject: ManifestNodes & { readonly vip: string };

  before(async () => {
    subject = { ...(await startManifestNodes(`oagd${process.pid}`)), vip };
    subject.write('web', {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [vip],
      vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
    });
    await settledLeader(subject);
    await bridge('add table bridge doctor');
    await bridge('add chain bridge doctor forward { type filter hook forward priority 0; }');
  });
  after(() => subject?.lab.close());
  afterEach(() => bridge('flush chain bridge doctor forward'));

  const bridge = (command: string) =>
    run('ip', ['netns', 'exec', subject.lab.bridge, 'nft', '-f', '-'], { input: `${command}\n` });
  const drops = (rule: string) => bridge(`add rule bridge doctor forward ${rule} drop`);
  const doctor = async (node: Node, ...more: readonly string[]) => {
    const args = ['netns', 'exec', node.host.namespace, process.execPath, main, 'doctor', '--local', ...more];
    return execa('ip', [...args, `--node-name=${node.name}`], { reject: false });
  };
  const findings = async (node: Node) => {
    const { stdout, stderr, exitCode } = await doctor(node, '-o', 'json');
    assert.equal(stderr, '');
    return { exitCode, found: JSON.parse(stdout) as readonly Finding[] };
  };
  const of = (found: readonly Finding[], check: string, severity: Finding['severity']) =>
    found.filter((each) => each.check === check && each.severity === severity);
  const anyBackup = async () => {
    const leader = await settledLeader(subject);
    return { leader, backup: subject.nodes.find((node) => node !== leader)! };
  };

  it('finds no problem where there is none, within ten seconds: every member is reached, in both ways', async () => {
    const { leader, backup } = await anyBackup();
    for (const node of [leader, backup]) {
      const began = performance.now();
      const { exitCode, found } = await findings(node);
      const tookMs = performance.now() - began;
      assert.deepEqual(of(found, 'multicast between members', 'fine').length, 2, JSON.stringify(found, null, 1));
      assert.deepEqual(of(found, 'unicast between members', 'fine').length, 2, JSON.stringify(found, null, 1));
      assert.equal(of(found, 'virtual MAC', 'fine').length, 1);
      assert.deepEqual(
        found.filter(({ severity }) => severity === 'problem'),
        [],
      );
      assert.ok(exitCode === 0 || exitCode === 3, String(exitCode));
      assert.ok(tookMs < longestMs, `${tookMs.toFixed(0)} ms`);
    }
  });

  it('finds multicast that does not arrive at one member, and tells what to let pass', async () => {
    const { leader, backup } = await anyBackup();
    const other = subject.nodes.find((node) => node !== leader && node !== backup)!;
    await drops(`oifname "${other.name}" iifname "${backup.name}" ip protocol 112`);
    const { exitCode, found } = await findings(backup);
    const [lost] = of(found, 'multicast between members', 'problem');
    assert.equal(lost?.where, `eth0, to ${other.name} (${other.host.address})`);
    assert.match(lost?.remedy ?? '', /IP protocol 112 .*querier.*vrrp\.transport: unicast/);
    assert.equal(of(found, 'multicast between members', 'fine').length, 1, 'the leader is reached');
    assert.equal(exitCode, 1);
  });

  it('finds questions by unicast that are not answered, as a firewall has it', async () => {
    const { backup } = await anyBackup();
    await drops(`iifname "${backup.name}" udp dport 7784`);
    const { found } = await findings(backup);
    assert.equal(of(found, 'unicast between members', 'warning').length, 2);
    assert.match(of(found, 'unicast between members', 'warning')[0]?.remedy ?? '', /UDP port 7784/);
  });

  it('finds a network that takes no frames from a virtual MAC, by trying', async () => {
    const { backup } = await anyBackup();
    await drops('ether saddr 00:00:5e:00:01:00');
    const { found } = await findings(backup);
    assert.match(of(found, 'virtual MAC', 'warning')[0]?.what ?? '', /takes no frames from a virtual MAC/);
  });

  it('finds a router that is no member, by the ID it sends', async () => {
    const { backup } = await anyBackup();
    const manifest = `vrrp_instance other {\n state MASTER\n interface eth0\n virtual_router_id 77\n priority 90\n advert_int 1\n virtual_ipaddress { 10.77.0.222 }\n}\n`;
    const path = join(subject.lab.folder, 'other.conf');
    await run('sh', ['-c', `printf '%s' '${manifest}' > ${path}`]);
    const other = subject.client.start('keepalived', 'keepalived', [
      '--dont-fork',
      '--log-console',
      '-f',
      path,
      '-p',
      `${path}.pid`,
      '-r',
      `${path}.vrrp`,
    ]);
    try {
      await subject.client.run('sh', [
        '-c',
        'for i in $(seq 50); do ip address show eth0 | grep -q 10.77.0.222 && exit; sleep 0.1; done',
      ]);
      const { found } = await findings(backup);
      const [stranger] = of(found, 'virtual router IDs', 'warning');
      assert.match(
        stranger?.what ?? '',
        new RegExp(`^${subject.client.address}, which is no member, sends adverts of ID 77`),
      );
      assert.equal(
        of(found, 'other load balancers', 'warning').length,
        1,
        'processes of the host are seen from its namespaces',
      );
    } finally {
      other.signal('SIGTERM');
      await other.exited;
    }
  });

  it('finds another host that answers for an address which the node holds', async () => {
    const { leader } = await anyBackup();
    await subject.client.run('ip', ['address', 'add', `${vip}/32`, 'dev', 'eth0']);
    try {
      const { found, exitCode } = await findings(leader);
      assert.match(
        of(found, 'address conflicts', 'problem')[0]?.what ?? '',
        new RegExp(`answers for ${vip}, which this node holds`),
      );
      assert.equal(exitCode, 1);
    } finally {
      await subject.client.run('ip', ['address', 'del', `${vip}/32`, 'dev', 'eth0']);
    }
  });

  it('finds strict reverse path filtering on a NIC that answers do not leave by', async () => {
    const { backup } = await anyBackup();
    await addSecondNic(backup.host, subject.lab, '10.78.0.1/24');
    await backup.host.run('ip', ['route', 'add', 'default', 'via', '10.78.0.254', 'dev', 'eth1']);
    await backup.host.run('sysctl', ['-qw', 'net.ipv4.conf.eth0.rp_filter=1']);
    const [strict] = of((await findings(backup)).found, 'rp_filter', 'problem');
    assert.equal(strict?.where, 'eth0');
    await backup.host.run('sysctl', ['-qw', 'net.ipv4.conf.eth0.rp_filter=2']);
    assert.equal(of((await findings(backup)).found, 'rp_filter', 'fine').length, 1);
    await backup.host.run('ip', ['route', 'del', 'default']);
  });

  it('finds an address on a node that does not lead, and a kernel that is told not to answer', async () => {
    const { leader, backup } = await anyBackup();
    await backup.host.run('ip', ['address', 'add', `${vip}/32`, 'dev', 'lo']);
    const [on] = of((await findings(backup)).found, 'arp_ignore and addresses', 'problem');
    assert.match(on?.what ?? '', new RegExp(`${vip} is on another interface`));
    await backup.host.run('ip', ['address', 'del', `${vip}/32`, 'dev', 'lo']);
    await leader.host.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=8']);
    const [silent] = of((await findings(leader)).found, 'arp_ignore and addresses', 'problem');
    assert.match(silent?.what ?? '', /arp_ignore is 8/);
    await leader.host.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=0']);
  });

  it('writes a report with what it found, what the agent remembers and has counted, which only its owner reads', async () => {
    const { leader } = await anyBackup();
    const path = join(subject.lab.folder, 'report.json');
    const { stderr } = await doctor(leader, '--report', path);
    assert.match(stderr, /report\.json has the report: read it before you pass it on/);
    const report = JSON.parse(readFileSync(path, 'utf8'));
    assert.equal(report.node.agent.node, leader.name);
    assert.ok(report.more.history.entries.some(({ to }: { to: string }) => to === 'Active'));
    assert.ok(report.more.metrics.some((line: string) => line.startsWith('openelb_')));
    assert.equal((await run('stat', ['-c', '%a', path])).trim(), '600');
    const nowhere = await doctor(leader, '--report', join(path, 'no', 'folder'));
    assert.equal(nowhere.exitCode, 1);
    assert.match(nowhere.stderr, /cannot be written: name a file in a folder/);
  });

  it('says that there is no agent, and what to do', async () => {
    const { stdout, exitCode } = await doctor({ name: 'nobody', host: subject.client } as Node);
    assert.equal(exitCode, 1);
    assert.match(stdout, /problem +agent: nobody: no agent answers on this host\n +-> start one/);
  });
});

describe('openelb-vip history on a node', function () {
  this.timeout(60_000);
  let subject: ManifestNodes & { readonly vip: string };
  before(async () => {
    subject = { ...(await startManifestNodes(`oagh${process.pid}`)), vip };
    const vrrp = { virtualRouterId: 9, advertisementInterval: '100ms' };
    subject.write('web', { protocol: 'vip', interface: 'eth0', addresses: [vip], vrrp });
  });
  after(() => subject?.lab.close());

  it('has each change of state of a failover, and whom the new leader follows', async () => {
    const leader = await settledLeader(subject);
    await leader.host.cable.cut();
    const next = await settledLeader({ ...subject, nodes: subject.nodes.filter((node) => node !== leader) });
    const ask = async (node: Node, ...more: readonly string[]) =>
      node.host.run(process.execPath, [main, 'history', ...more, `--node-name=${node.name}`]);
    const lines = JSON.parse(await ask(next, '--local', '-o', 'json')) as readonly Record<string, string>[];
    assert.deepEqual(
      lines.map(({ group, node, from, to }) => [group, node, from, to]),
      [
        ['web', next.name, 'Initialize', 'Backup'],
        ['web', next.name, 'Backup', 'Active'],
      ],
    );
    assert.equal(lines[1]!.peer, leader.host.address);
    const table = await ask(leader, 'web');
    assert.match(table, /^TIME .*\n(.*\n)*.* web +n\d +Active +Initialize +link-down/m);
    assert.equal((await ask(leader, 'nothing')).trim(), 'Nothing is remembered.');
  });
});
