import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { nothingLeft, type Playground, playgroundOfTest } from '../lab/playground.js';

/** Everything runs that could be left, and it is about to show an address move. */
const started = /the controller and 3 agents are started/;
const up = /The playground stays up/;

describe('a playground that ends', function () {
  this.timeout(180_000);
  const start = playgroundOfTest();

  const endings = [
    {
      how: 'q',
      once: up,
      end: (one: Playground) => one.type('c1q'),
      code: 0,
      said: /n1: cable cut\n[\s\S]*removing the playground/,
    },
    {
      how: 'the end of its input',
      once: up,
      end: (one: Playground) => void one.child.stdin!.end(),
      code: 0,
      said: /removing/,
    },
    { how: 'SIGTERM', once: up, end: (one: Playground) => void one.child.kill('SIGTERM'), code: 'SIGTERM' },
    {
      how: 'SIGINT while it shows an address move',
      once: started,
      end: (one: Playground) => void one.child.kill('SIGINT'),
      code: 'SIGINT',
    },
    {
      how: 'SIGHUP while it shows an address move',
      once: started,
      end: (one: Playground) => void one.child.kill('SIGHUP'),
      code: 'SIGHUP',
    },
  ] as const;
  for (const { how, once, end, code, ...o } of endings) {
    it(`leaves nothing when it is ended by ${how}`, async () => {
      const one = start([]);
      await one.says(once);
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
    await nothingLeft(one);
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
    await nothingLeft(one);
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
    await first.says(started);
    first.child.kill('SIGKILL');
    await first.ended;
    assert.ok(first.leftovers().length > 0, 'SIGKILL leaves something');
    const { tmp } = first;
    const one = start([], { tmp });
    await one.says(started);
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
