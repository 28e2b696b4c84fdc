import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { type Playground, startPlayground } from '../lab/playground.js';
import { requireRouters } from '../lab/routers/packages.js';

const up = /The playground stays up/;

describe('the playground', function () {
  this.timeout(180_000);
  let playground: Playground | undefined;
  afterEach(async () => {
    await playground?.remove();
    playground = undefined;
  });
  const start = (...args: Parameters<typeof startPlayground>) => {
    playground = startPlayground(...args);
    return playground;
  };
  const gone = (of: Playground) =>
    eventually('nothing left of it', () => of.leftovers().length === 0, { onTimeout: () => of.leftovers().join('\n') });

  for (const mode of ['vip', 'layer2'] as const) {
    it(`--once --mode ${mode}: shows an address move, who answers ARP for it, and a refusal; nothing is left of it`, async () => {
      const one = start(['--once', '--mode', mode, '--interval', '100ms']);
      assert.equal(await one.ended, 0, one.stderr());
      const result = JSON.parse(one.stdout());
      assert.equal(one.stdout().trim().split('\n').length, 1);
      assert.equal(result.mode, mode);
      assert.match(result.vip, /^10\.77\.0\.1(2[89]|3[0-9]|4[0-3])$/);
      assert.notEqual(result.holderAfter, result.holderBefore);
      assert.deepEqual([result.arpBefore, result.arpAfter], [result.holderBefore, result.holderAfter]);
      assert.ok(result.failoverMs > 0 && result.requestsLost > 0, one.stdout());
      assert.match(
        result.refusal,
        /admission webhook "validate\.eip\.network\.kubesphere\.io" denied the request: Eip playground: status\.used: Service default\/playground-web has /,
      );
      for (const when of ['before: ', 'after:  '])
        assert.match(
          one.stderr(),
          new RegExp(
            `${when}the client's ARP table: ${result.vip} is at [0-9a-f:]{17}, the NIC of n[1-3]; n[1-3] answers`,
          ),
        );
      assert.deepEqual(one.leftovers(), []);
    });
  }

  it('--once --mode bgp: shows a router that spreads requests, a drain without a loss, and a cut', async function () {
    await requireRouters(this, 'bird');
    const one = start(['--once', '--mode', 'bgp']);
    assert.equal(await one.ended, 0, one.stderr());
    const result = JSON.parse(one.stdout());
    assert.equal(result.mode, 'bgp');
    assert.match(result.vip, /^10\.77\.1\.\d+$/);
    assert.ok(Object.keys(result.answeredBy).length > 1, one.stdout());
    assert.equal(result.lostByDrain, 0, one.stderr());
    assert.ok(result.failoverMs > 0 && result.requestsLost > 0, one.stdout());
    assert.match(result.refusal, /Service default\/playground-web has 10\.77\.1\./);
    assert.match(one.stderr(), /^router +10\.77\.0\.1 +64513 +3\/3/m);
    assert.deepEqual(one.leftovers(), []);
  });

  it('prints command lines that work as they stand, runs the samples, and refuses what a cluster refuses', async () => {
    const one = start([], { terminal: true });
    const [, block] = await one.says(/In another terminal, as root:\r?\n([\s\S]*?)\r?\nkeys:/);
    const lines = block!.split('\n').map((line) => line.trim());
    assert.equal(lines.length, 9);
    const seen = new Map<string, string>();
    for (const line of lines) {
      const outcome = await execa('sh', ['-c', `exec ${line}`], {
        all: true,
        reject: false,
        timeout: line.startsWith('tail') ? 1000 : 20_000,
      });
      assert.ok(outcome.exitCode === 0 || line.startsWith('tail'), `${line}\n${outcome.all}`);
      assert.doesNotMatch(outcome.stderr, /\S/, line);
      seen.set(line, outcome.stdout);
    }
    const said = (what: RegExp) => seen.get(lines.find((line) => what.test(line))!)!;
    const vip = /http:\/\/([0-9.]+)\//.exec(block!)![1]!;
    assert.match(said(/status$/), /^playground-0 +vip +\d+ +1 +n[1-3] .*n[1-3]:Active/m);
    assert.match(said(/status --local/), /^playground-0 .*(Active|Backup)/m);
    assert.match(said(/http:/), new RegExp(`n[1-3] answers for ${vip}`));
    assert.match(said(/neigh/), new RegExp(`${vip} dev eth0 lladdr`));
    assert.match(said(/tail/), /agent/);
    const kubectl = lines[0]!.split(' ')[0]!;
    const run = async (args: string, input?: string) =>
      execa(kubectl, args.split(' '), { all: true, reject: false, ...(input === undefined ? {} : { input }) });
    const ingressOf = (service: string) =>
      eventually(
        `an address for ${service}`,
        async () =>
          (await run(`get svc ${service} -o jsonpath={.status.loadBalancer.ingress[0].ip}`)).stdout || undefined,
        { withinMs: 20_000, everyMs: 200 },
      );
    assert.match(await ingressOf('mine'), /^10\.77\.0\.1[234]/);

    const shrunk = await run(`patch eip playground --type=merge -p {"spec":{"address":"10.77.0.143"}}`);
    assert.match(shrunk.all, /denied the request: .*leaves out addresses in use/);

    const [sample] = /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(readFileSync(join(projectRoot(), 'README.md'), 'utf8'))!;
    const applied = await run('apply -f -', sample);
    assert.equal(applied.exitCode, 0, applied.all);
    assert.equal(await ingressOf('web'), '192.0.2.100');
    const get = lines.find((line) => line.includes('http://'))!.split(' ')[0]!;
    await eventually(
      'an answer',
      async () => /answers for 192\.0\.2\.100/.test((await execa(get, ['http://192.0.2.100/'])).stdout),
      { withinMs: 20_000 },
    );
    const samples = await run(`apply -f ${join(projectRoot(), 'deploy/samples')}`);
    assert.equal(samples.exitCode, 0, samples.all);
    await eventually(
      'every pool ready',
      async () => {
        const path = '{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
        const { stdout } = await execa(kubectl, ['get', 'eip', '-o', `jsonpath=${path}`]);
        const pools = stdout.trim().split('\n');
        return pools.length === 5 && pools.every((pool) => pool.endsWith(' True'));
      },
      { withinMs: 20_000, everyMs: 200 },
    );

    one.type('x');
    await one.says(/x: no such key/);
    one.type('c9');
    await one.says(/c9: there is no node 9, only 1 to 3/);
    one.type('c1');
    await one.says(/n1: cable cut/);
    one.type('h1');
    await one.says(/n1: cable healed/);
    one.type('k2');
    await one.says(/n2: SIGKILL sent to its agent/);
    await eventually('its end', async () => {
      one.type('t2');
      return /n2: its agent has ended already/.test(one.stdout());
    });
    one.type('r2');
    await one.says(/n2: agent started/);
    one.type('\x03');
    await one.ended;
    await gone(one);
  });

  const endings = [
    {
      how: 'q',
      end: (one: Playground) => one.type('c1q'),
      code: 0,
      said: /n1: cable cut\n[\s\S]*removing the playground/,
    },
    { how: 'the end of its input', end: (one: Playground) => void one.child.stdin!.end(), code: 0, said: /removing/ },
    { how: 'SIGTERM', end: (one: Playground) => void one.child.kill('SIGTERM'), code: 'SIGTERM' },
    { how: 'SIGINT', end: (one: Playground) => void one.child.kill('SIGINT'), code: 'SIGINT' },
    { how: 'SIGHUP', end: (one: Playground) => void one.child.kill('SIGHUP'), code: 'SIGHUP' },
  ] as const;
  for (const { how, end, code, ...o } of endings) {
    it(`leaves nothing when it is ended by ${how}`, async () => {
      const one = start([]);
      await one.says(up);
      end(one);
      assert.equal(await one.ended, code, one.stderr());
      if ('said' in o) assert.match(one.stderr(), o.said);
      assert.deepEqual(one.leftovers(), []);
    });
  }

  it('leaves nothing when Ctrl-C is pressed while it starts', async () => {
    const one = start([], { terminal: true });
    await one.says(/a switch, 3 nodes/);
    one.type('\x03');
    await one.ended;
    await gone(one);
  });

  it('leaves nothing when it is ended while it makes namespaces', async () => {
    for (let pauseMs = 0; pauseMs <= 300; pauseMs += 60) {
      const one = start([]);
      await one.says(/a switch, 3 nodes/);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      one.child.kill('SIGTERM');
      assert.equal(await one.ended, 'SIGTERM');
      assert.deepEqual(one.leftovers(), [], `${pauseMs} ms after its start`);
      await one.remove();
    }
  });

  it('leaves nothing when what started it is killed, although its input stays open', async () => {
    const one = start([], { below: true, env: {} });
    await one.says(up);
    one.child.kill('SIGKILL');
    await gone(one);
  });

  it('leaves nothing when it fails, and says why', async () => {
    const assets = mkdtempSync(join(tmpdir(), 'openelb-vip-no-assets-'));
    try {
      mkdirSync(assets, { recursive: true });
      for (const name of ['kube-apiserver', 'etcd'])
        writeFileSync(join(assets, name), '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
      const one = start(['--once'], { env: { KUBEBUILDER_ASSETS: assets } });
      assert.equal(await one.ended, 1);
      assert.match(one.stderr(), /playground: [\s\S]*(broken|ended with exit code 1|version)/);
      assert.deepEqual(one.leftovers(), []);
    } finally {
      rmSync(assets, { recursive: true });
    }
  });

  it('removes, when it starts, what one that was killed has left', async () => {
    const first = start([]);
    await first.says(up);
    first.child.kill('SIGKILL');
    await first.ended;
    assert.ok(first.leftovers().length > 0, 'SIGKILL leaves something');
    const { tmp } = first;
    const one = start([], { tmp });
    await one.says(/the controller and 3 agents are started/);
    one.child.kill('SIGTERM');
    await one.ended;
    assert.deepEqual(one.leftovers(), []);
  });

  it('refuses what is wrong before it starts anything', async () => {
    for (const { args = [], env = {}, why } of [
      { args: ['--onec'], why: /Unknown option '--onec'/ },
      { args: ['--interval', '5ms'], why: /--interval is "5ms": it must be 10ms to 40\.95s in steps of 10ms/ },
      { args: ['--once', '--interval=fast'], why: /--interval is "fast": it must be a duration/ },
      {
        env: { KUBEBUILDER_ASSETS: '/does/not/exist' },
        why: /KUBEBUILDER_ASSETS=\/does\/not\/exist: there is no such folder/,
      },
    ]) {
      const one = start(args, { env });
      assert.equal(await one.ended, 2, one.stderr());
      assert.match(one.stderr(), why);
      assert.doesNotMatch(one.stderr(), /\* |installing|building/);
      assert.equal(one.stdout(), '');
      assert.deepEqual(one.leftovers(), []);
      await one.remove();
    }
  });

  it('prints its help in a bare clone, and installs nothing for it or for a wrong flag', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'openelb-vip-clone-'));
    try {
      for (const path of ['scripts', 'package.json', 'package-lock.json'])
        await execa('cp', ['-r', join(projectRoot(), path), clone]);
      const run = (...args: string[]) => execa(join(clone, 'scripts/playground'), args, { reject: false });
      const help = await run('--help');
      assert.deepEqual([help.exitCode, help.stderr], [0, '']);
      assert.match(help.stdout, /^Usage: scripts\/playground/);
      const wrong = await run('--once', '--wrong');
      assert.equal(wrong.exitCode, 2);
      assert.match(wrong.stderr, /^playground: Unknown option '--wrong'/);
      const { stdout } = await execa('ls', ['-A', clone]);
      assert.deepEqual(stdout.split('\n').sort(), ['package-lock.json', 'package.json', 'scripts']);
    } finally {
      rmSync(clone, { recursive: true });
    }
  });
});
