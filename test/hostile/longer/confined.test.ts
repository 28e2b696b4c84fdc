// What the programs may do, where they run as the chart has them run: system calls, capabilities, sockets.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { callsIn, confined, namedIn, profileOf, readProfile, traced } from '../../lab/confined.js';
import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';
import { type Lab, openLab } from '../../lab/lab.js';
import { startProgram } from '../../lab/node.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../../lab/stack.js';

/** As in the chart: `test/unit/deploy/chart.test.ts`. */
const capabilities = ['NET_ADMIN', 'NET_RAW', 'SYS_NICE', 'NET_BIND_SERVICE'];

const bgp = [
  { kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 64_512 } },
  {
    kind: 'BgpPeer',
    metadata: { name: 'tor' },
    spec: { conf: { neighborAddress: '10.77.0.1', peerAs: 64_513 }, bfd: {} },
  },
].map((object) => ({ apiVersion: 'network.kubesphere.io/v1alpha2', ...object }));

describe('the programs, with the system calls that their seccomp profiles allow', function () {
  this.timeout(120_000);
  let stack: Stack;
  const trace = (program: string) => join(stack.lab.folder, `${program}.calls`);

  before(async () => {
    let controllers = 0;
    stack = await startStack(`e2econfined${process.pid}`, {
      nodeCount: 2,
      web: true,
      around: (program, host, lab) => (command, env) => {
        // Root alone may read the one of the lab; in a Pod there is none.
        for (const file of command.flatMap((each) => /^--kubeconfig=(.*)$/.exec(each)?.[1] ?? []))
          chmodSync(file, 0o644);
        const isTraced = program === 'agent' ? host.name === 'n1' : controllers++ === 0;
        const way = isTraced
          ? traced(join(lab.folder, `${program}.calls`))
          : confined({
              folder: lab.folder,
              ...(program === 'agent' ? { user: 0, capabilities } : { user: 65_534, capabilities: [] }),
              seccomp: profileOf(program),
            });
        return way(command, env);
      },
    });
    for (const { checksDir } of stack.nodes) {
      const path = join(checksDir, 'say');
      writeFileSync(path, '#!/bin/sh\ndate +%s | cat >/dev/null\n');
      chmodSync(path, 0o755);
    }
  });
  after(() => stack?.lab.close());

  it('hold addresses in every mode, on a node that is confined, and give them to Services', async () => {
    const { spec, ...rest } = vipPool({ groups: 1 });
    const eip = (name: string, address: string, more: object) => ({
      ...rest,
      metadata: { name },
      spec: { ...spec, address, ...more },
    });
    await stack.apply(
      ...bgp,
      {
        ...rest,
        spec: {
          ...spec,
          vrrp: {
            ...spec.vrrp,
            checks: [{ name: 'say', command: 'say', interval: '500ms' }],
            notify: [{ command: 'say' }],
          },
        },
      },
      eip('arp', '10.77.0.120', { protocol: 'layer2' }),
      eip('mac', '10.77.0.121', { vrrp: { virtualMac: true, groups: 1, drainConnections: '1m' } }),
      eip('routed', '198.51.100.10', { protocol: 'bgp', interface: undefined, vrrp: undefined }),
      loadBalancer('web'),
      ...['arp', 'mac', 'routed'].map((name) => loadBalancer(name, { 'eip.openelb.kubesphere.io/v1alpha2': name })),
    );
    for (const name of ['web', 'arp', 'mac', 'routed']) await stack.addressOf(name);
    for (const name of ['web', 'arp', 'mac']) {
      const address = await stack.addressOf(name);
      const holder = await stack.holderOf(address);
      holder.agent().signal('SIGTERM');
      await holder.agent().exited;
      const other = await stack.holderOf(address, { not: holder.name });
      assert.notEqual(other.name, holder.name);
      holder.startAgent();
    }
  });

  it('listen on no port that is neither loopback’s nor named in docs/security.md', async () => {
    const page = readFileSync(join(projectRoot(), 'docs/security.md'), 'utf8');
    const named = (program: string) =>
      [...page.matchAll(new RegExp(`^\\| ${program} \\| ([\\d and]+)`, 'gm'))].flatMap(([, ports = '']) =>
        ports.split(' and ').map((port) => port.trim()),
      );
    const node = stack.nodes[0]!;
    const ofAgent = await eventually('an agent that listens', async () => {
      const sockets = await socketsOf(node.host, node.agent().pid);
      return sockets.some(({ port }) => port === '179') && sockets;
    });
    for (const { address, port } of ofAgent)
      assert.ok(isLoopback(address) || named('agent').includes(port), `${address}:${port}`);
    // The lab gives the controller other ports than the chart: the agent's for metrics, the Service's own for the webhook.
    const webhook = await stack.api.kubectl([
      '-n',
      'openelb-system',
      'get',
      'svc',
      'openelb-webhook',
      '-o',
      'jsonpath={.spec.clusterIP}',
    ]);
    const ofController = await socketsOf(stack.control, stack.controller().pid);
    const open = ofController.filter(({ address }) => !isLoopback(address));
    assert.deepEqual(open.map(({ address, port }) => (address === webhook ? 'webhook' : port)).sort(), [
      '17472',
      'webhook',
    ]);
  });

  it('serve from another controller, which is confined', async () => {
    const former = stack.controller();
    former.signal('SIGTERM');
    await former.exited;
    // The lab has no kube-proxy: the controller itself is at its Service's port, where in a cluster it is behind it.
    await stack.control.run('sysctl', ['-qw', 'net.ipv4.ip_unprivileged_port_start=443']);
    stack.startController();
    await stack.apply(loadBalancer('later'));
    await stack.addressOf('later');
  });

  for (const program of ['agent', 'controller'] as const)
    it(`make no system call that the profile of the ${program} lacks`, () => {
      const made = callsIn(trace(program));
      assert.ok(made.size > 40, `only ${made.size} were noted`);
      const profile = readProfile(profileOf(program));
      // What is refused by its name has an older call that libraries then take.
      const known = new Set([...namedIn(profile, 'SCMP_ACT_ALLOW'), ...namedIn(profile, 'SCMP_ACT_ERRNO')]);
      assert.deepEqual([...made].filter((name) => !known.has(name)).sort(), []);
    });
});

describe('an agent without one of its capabilities', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  const manifests = () => join(lab.folder, 'manifests');

  before(async () => {
    lab = await openLab(`e2ecaps${process.pid}`);
    host = await lab.addHost('n1', 11);
    mkdirSync(manifests());
    const web = {
      ...{ apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'VipGroup', metadata: { name: 'web' } },
      spec: {
        ...{ protocol: 'vip', interface: 'eth0', addresses: ['10.77.0.100'], vrrp: { virtualRouterId: 7 } },
        members: [{ node: 'n1', address: host.address, priority: 254 }],
      },
    };
    writeFileSync(join(manifests(), 'all.json'), JSON.stringify({ kind: 'List', items: [web, ...bgp] }));
  });
  after(() => lab?.close());

  /** What each is for, as docs/security.md has it. */
  for (const [lacking, goesOn, said] of [
    ['NET_ADMIN', false, 'the agent needs the capability NET_ADMIN: run it as root, or grant it'],
    ['NET_RAW', false, 'the agent needs the capability NET_RAW: run it as root, or grant it'],
    ['SYS_NICE', true, 'needs the capability SYS_NICE and no real-time group limit); nice -20: EACCES'],
    ['NET_BIND_SERVICE', true, 'TCP port 179 needs the capability NET_BIND_SERVICE'],
  ] as const)
    it(`says what it lacks: ${lacking}, and ${goesOn ? 'holds addresses all the same' : 'ends'}`, async () => {
      const around = confined({
        ...{ folder: lab.folder, user: 0, seccomp: profileOf('agent') },
        capabilities: capabilities.filter((name) => name !== lacking),
      });
      const flags = { 'node-name': 'n1', 'state-dir': join(lab.folder, lacking), manifests: manifests() };
      mkdirSync(flags['state-dir']);
      const agent = startProgram(host, 'agent', flags, undefined, around);
      await eventually('what it says', () => agent.log().includes(said), { onTimeout: () => agent.log() });
      assert.ok(readFileSync(join(projectRoot(), 'docs/security.md'), 'utf8').includes(said));
      if (goesOn) {
        const isHeld = async () => (await host.addresses()).includes('10.77.0.100');
        await eventually('the address', isHeld, { onTimeout: () => agent.log() });
        agent.signal('SIGTERM');
      }
      const ended = await agent.exited;
      assert.equal(ended === 0, goesOn, String(ended));
    });
});

interface Listening {
  readonly address: string;
  readonly port: string;
}

/** What a process listens on: TCP, and UDP sockets that take from anybody. */
async function socketsOf(host: Host, pid: number): Promise<readonly Listening[]> {
  const text = await host.run('ss', ['-Hlntup']);
  return text
    .split('\n')
    .filter((line) => line.includes(`pid=${pid},`))
    .map((line) => /^(.*?)(?:%[^:]*)?:(\d+)$/.exec(line.trim().split(/\s+/)[4]!)!)
    .map(([, address = '', port = '']) => ({ address: address.replace(/[[\]]/g, ''), port }));
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';
