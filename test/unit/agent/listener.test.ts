import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { agentSocket } from '../../../src/agent/ask-agent.js';
import { type Listener, listenPatiently } from '../../../src/agent/listener.js';
import { AnotherAgent, takeInstanceLock } from '../../../src/agent/single-instance.js';
import { serveRoutes } from '../../../src/platform/observability/health.js';
import { eventually } from '../../lab/eventually.js';

describe('a port of the agent', () => {
  let lines: string[];
  const log = {
    info: (message: string) => void lines.push(message),
    error: (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  };
  beforeEach(() => {
    lines = [];
  });

  it('that is taken is told of once, and listened on when it is free', async () => {
    const thief = createServer().listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { port } = thief.address() as { port: number };
    const listener = await listenPatiently({
      what: 'no metrics',
      log,
      listen: () => serveRoutes({ host: '127.0.0.1', port }, { '/': () => ({ status: 200, body: 'ok' }) }),
      againAfterMs: 10,
    });
    assert.match(listener.problem()!, /^no metrics: .*EADDRINUSE/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(lines.length, 1);
    thief.close();
    await eventually('it listens', () => listener.problem() === undefined);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'ok');
    assert.equal(lines.at(-1), 'listening after all');
    await listener.close();
  });

  describe('that is the lock of its node name', () => {
    const node = `test-${process.pid}`;
    const lock = () => takeInstanceLock({ node, log, listen: () => serveRoutes({ path: agentSocket(node) }, {}) });

    it('is taken by one, and refused to a second of the same user', async () => {
      const first: Listener = await lock();
      assert.equal(first.problem(), undefined);
      await assert.rejects(
        lock(),
        (error) => error instanceof AnotherAgent && /already \(process \d+\): stop it/.test(error.message),
      );
      await first.close();
      await (await lock()).close();
    });

    it('is done without while another user has it', async function () {
      if (process.geteuid?.() !== 0) {
        console.log('      skipped: needs root to be somebody else');
        this.skip();
      }
      // Started as root: this Node.js may lie where others cannot read.
      const program = `process.setgid(65534); process.setuid(65534); require('node:net').createServer().listen({ path: ${JSON.stringify(agentSocket(node))} }, () => console.log('there'))`;
      const thief = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(thief.stdout!, 'data');
      const listener = await lock();
      try {
        assert.match(
          listener.problem()!,
          new RegExp(`taken by process ${thief.pid} of user 65534, which is no agent: end it`),
        );
        assert.equal(lines.length, 1);
      } finally {
        thief.kill();
        await once(thief, 'exit');
        await listener.close();
      }
    });
  });
});
