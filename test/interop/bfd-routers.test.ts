import assert from 'node:assert/strict';
import type { BfdEvent } from '../../src/agent/engine/bfd/contract.js';
import { run } from '../lab/command.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Process, programArguments } from '../lab/process.js';
import { requireRouters } from '../lab/routers/packages.js';
import { answering, routerFolder, startDaemon, writeConfiguration } from '../lab/routers/program.js';

/** A router that speaks BFD alone. */
interface BfdRouter {
  readonly host: Host;
  /** Its link-local address. */
  readonly linkLocal: string;
  /** How it says that the session with an address stands, in its own word; `undefined`: it has none. */
  state(address: string): Promise<string | undefined>;
  readonly daemon: Process;
}

const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
const node = { address: '10.77.0.11', linkLocal: 'fe80::11' };

describe('our BFD and that of routers', function () {
  this.timeout(120_000);
  let lab: Lab;
  let nodeHost: Host;
  const routers = new Map<string, BfdRouter>();

  before(async function () {
    await requireRouters(this, 'frr', 'bird');
    lab = await openLab('bfd');
    nodeHost = await lab.addHost('node', 11);
    await setLinkLocal(nodeHost, node.linkLocal);
    routers.set('FRR', await startBfdd(await lab.addHost('frr', 1)));
    routers.set('BIRD', await startBirdBfd(await lab.addHost('bird', 2)));
  });
  after(() => lab?.close());

  async function setLinkLocal(host: Host, address: string): Promise<string> {
    await host.run('ip', ['address', 'flush', 'dev', 'eth0', 'scope', 'link']);
    await host.run('ip', ['address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad']);
    return address;
  }

  async function startBfdd(host: Host): Promise<BfdRouter> {
    const linkLocal = await setLinkLocal(host, 'fe80::1');
    const folder = routerFolder(lab.folder, host, 'frr');
    const peer = (address: string) => [
      ` peer ${address} ${address.includes(':') ? `local-address ${linkLocal} ` : ''}interface eth0`,
      '  detect-multiplier 3',
      '  receive-interval 300',
      '  transmit-interval 300',
      '  no shutdown',
      ' exit',
    ];
    const vtysh = (command: string) => host.run('vtysh', ['--vty_socket', folder, '-c', command]);
    const start = async (name: string, lines: readonly string[], ...more: readonly string[]) => {
      const file = writeConfiguration(`${folder}/${name}.conf`, lines);
      await run('chown', ['-R', 'frr', folder]);
      const args = ['-f', file, '-i', `${folder}/${name}.pid`, '-z', `${folder}/zserv`, '--vty_socket', folder];
      const daemon = startDaemon(host, name, `/usr/lib/frr/${name}`, [...args, '-P', '0', ...more], {
        folder: '/run/frr',
        owner: 'frr',
      });
      await answering(daemon, () => host.run('vtysh', ['--vty_socket', folder, '-d', name, '-c', 'show version']));
      return daemon;
    };
    await start('zebra', ['!']);
    const configuration = ['bfd', ...peer(node.address), ...peer(node.linkLocal), 'exit'];
    const daemon = await start('bfdd', configuration, '--bfdctl', `${folder}/bfdd.sock`);
    return {
      host,
      linkLocal,
      daemon,
      async state(address) {
        const peers = JSON.parse(await vtysh('show bfd peers json')) as { peer: string; status: string }[];
        return peers.find((each) => each.peer === address)?.status;
      },
    };
  }

  async function startBirdBfd(host: Host): Promise<BfdRouter> {
    const linkLocal = await setLinkLocal(host, 'fe80::2');
    const folder = routerFolder(lab.folder, host, 'bird');
    const file = writeConfiguration(`${folder}/bird.conf`, [
      `router id ${host.address};`,
      'protocol device { }',
      'protocol bfd {',
      '  interface "eth0" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; };',
      `  neighbor ${node.address} dev "eth0";`,
      `  neighbor ${node.linkLocal} dev "eth0";`,
      '}',
    ]);
    const socket = `${folder}/bird.ctl`;
    const daemon = startDaemon(host, 'bird', '/usr/sbin/bird', ['-f', '-c', file, '-s', socket, '-P', `${folder}/pid`]);
    const birdc = (...words: string[]) => host.run('/usr/sbin/birdc', ['-s', socket, ...words]);
    await answering(daemon, () => birdc('show', 'status'));
    return {
      host,
      linkLocal,
      daemon,
      async state(address) {
        const lines = (await birdc('show', 'bfd', 'sessions')).split('\n');
        const line = lines.find((each) => each.split(/\s+/)[0] === address);
        return line?.split(/\s+/)[2]?.toLowerCase();
      },
    };
  }

  /** Our side: an engine on the node, and all that it has told. */
  async function startUser() {
    const program = programArguments(new URL('../lab/programs/bfd-user', import.meta.url), import.meta.url);
    const user = nodeHost.start('bfd-user', process.execPath, [...program, `${lab.folder}/settings-${Math.random()}`]);
    const events: BfdEvent[] = [];
    let ready = false;
    user.onLine((line) => {
      if (line === 'ready') ready = true;
      else events.push(JSON.parse(line) as BfdEvent);
    });
    await eventually('the engine to listen', () => ready, { onTimeout: user.log });
    const send = (command: object) => user.write(JSON.stringify(command));
    return {
      events,
      send,
      want: (remote: string, o: object = {}) =>
        send({ type: 'configure', request: { name: remote, path: { remote, interface: 'eth0' }, timing, ...o } }),
      stateOf(name: string) {
        const last = events.findLast((event) => event.type === 'transition' && event.name === name);
        return last?.type === 'transition' ? last.to : 'Down';
      },
      timesFailed: (name: string) =>
        events.filter((event) => event.type === 'transition' && event.name === name && event.meaning === 'failed')
          .length,
      agreed: (name: string) => events.findLast((event) => event.type === 'agreed' && event.name === name),
      async end() {
        user.end();
        await user.exited;
      },
    };
  }

  for (const name of ['FRR', 'BIRD'] as const) {
    it(`come up with ${name} over IPv4 and link-local IPv6, and agree on the slower side's interval`, async () => {
      const router = routers.get(name)!;
      const user = await startUser();
      const ways = [
        [router.host.address, node.address],
        [router.linkLocal, node.linkLocal],
      ] as const;
      for (const [remote] of ways) user.want(remote, { timing: { ...timing, desiredMinTx: 100_000 } });
      for (const [remote, ours] of ways) {
        await eventually(`${remote} to be up here`, () => user.stateOf(remote) === 'Up');
        await eventually(`${ours} to be up with ${name}`, async () => (await router.state(ours)) === 'up');
        await eventually('what is agreed', () => {
          const agreed = user.agreed(remote);
          return agreed?.type === 'agreed' && agreed.interval === 300_000 && agreed.detection === 900_000;
        });
      }
      user.send({ type: 'close' });
      for (const [, ours] of ways)
        await eventually(`${name} to hear that it is switched off`, async () => (await router.state(ours)) !== 'up');
      await user.end();
    });

    it(`see ${name} die within the detection time, and again when it lives`, async () => {
      const router = routers.get(name)!;
      const user = await startUser();
      user.want(router.host.address);
      await eventually('the session', () => user.agreed(router.host.address) !== undefined);
      const before = performance.now();
      router.daemon.signal('SIGSTOP');
      try {
        await eventually('the end', () => user.stateOf(router.host.address) === 'Down', { withinMs: 3_000 });
        const took = performance.now() - before;
        assert.ok(took < 1_300, `${took} ms`);
      } finally {
        router.daemon.signal('SIGCONT');
      }
      await eventually('it to be up again', () => user.stateOf(router.host.address) === 'Up');
      await user.end();
    });

    it(`go on with ${name} over a planned restart of ours, unnoticed`, async () => {
      const router = routers.get(name)!;
      const user = await startUser();
      const remote = router.host.address;
      user.want(remote);
      await eventually('the session', () => user.agreed(remote) !== undefined);
      await eventually(`${name} to be up`, async () => (await router.state(node.address)) === 'up');
      user.send({ type: 'prepare-restart', silence: 15_000_000 });
      const ready = await eventually('its word', () => user.events.find(({ type }) => type === 'restart-ready'));
      assert.ok(ready.type === 'restart-ready' && ready.checkpoint !== undefined);
      await user.end();
      const ended = performance.now();
      while (performance.now() < ended + 2_500) assert.equal(await router.state(node.address), 'up');
      const successor = await startUser();
      successor.want(remote, { checkpoint: ready.checkpoint });
      await eventually('the usual timing', () => {
        const agreed = successor.agreed(remote);
        return agreed?.type === 'agreed' && agreed.neighborDetection === 900_000;
      });
      assert.equal(await router.state(node.address), 'up');
      assert.equal(successor.timesFailed(remote), 0);
      successor.send({ type: 'close' });
      await eventually(
        `${name} to hear that it is switched off`,
        async () => (await router.state(node.address)) !== 'up',
      );
      await successor.end();
    });
  }
});
