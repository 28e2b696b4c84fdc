import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { agentSocket } from '../../src/agent/ask-agent.js';
import { askNode, during, everybodyIsBack } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { type Process, programArguments } from '../lab/process.js';

const vip = '10.77.0.100';
const spec = {
  protocol: 'vip' as const,
  interface: 'eth0',
  addresses: [vip],
  vrrp: { virtualRouterId: 7, advertisementInterval: '100ms' },
};
/** Longer than an address stays that nobody renews. */
const leaseMs = 2_700;

describe('an address stays with an agent', function () {
  this.timeout(120_000);
  let lab: ManifestNodes;
  let scratch: string;
  let leader: Node;
  let agent: Process;
  const others: Process[] = [];

  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'held-'));
    lab = await startManifestNodes(`e2eheld${process.pid}`, 2, {
      NODE_OPTIONS: `--require=${join(projectRoot(), 'test/lab/programs/planted-error.cjs')}`,
      PLANTED_ERROR: join(scratch, 'error'),
    });
    lab.write('api', spec);
  });
  beforeEach(async () => {
    leader = await everybodyIsBack({ ...lab, vip });
    agent = leader.agent();
  });
  afterEach(async () => {
    for (const each of others.splice(0)) {
      each.signal('SIGKILL');
      await each.exited;
    }
  });
  after(() => {
    lab?.lab.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const logged = (process: Process, message: string, from = 0) =>
    process
      .log()
      .slice(from)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => line.message === message);
  const says = (process: Process, message: string, from = 0) =>
    eventually(`the line "${message}"`, () => logged(process, message, from), { onTimeout: () => process.log() });
  const holds = async (node: Node = leader) => (await node.host.addresses()).includes(vip);
  /** Whatever was done to it, it is the same process, and holds the address for longer than a lease. */
  const goesOn = async (process: Process = agent) => {
    await wait(leaseMs);
    assert.ok(process.running(), process.log());
    assert.ok(await holds());
  };

  for (const [how, message] of [
    ['throw', 'planted exception'],
    ['reject', 'planted rejection'],
  ] as const) {
    it(`whose main thread meets an error that nobody foresaw: ${message}`, async () => {
      writeFileSync(join(scratch, 'error'), `${agent.pid} ${how}`);
      const line = await eventually('the line', () => {
        const found = logged(agent, 'internal error: the agent goes on');
        return found?.reason === message || agent.log().includes(message) ? found : undefined;
      });
      assert.equal(line.place, 'uncaught');
      await goesOn();
      const ready = await httpGet(leader.host, 'http://127.0.0.1:17473/readyz');
      assert.match(ready.body, new RegExp(`^ready, but:\ninternal error.*uncaught: ${message}`));
      const metrics = await httpGet(leader.host, 'http://127.0.0.1:17472/metrics');
      assert.match(metrics.body, /openelb_internal_errors_total\{place="uncaught"\} [12]\n/);
    });
  }

  it('that gets a check which cannot be made: it is refused, and what ran before goes on', async () => {
    const from = agent.log().length;
    lab.write('api', {
      ...spec,
      vrrp: { ...spec.vrrp, checks: [{ name: 'web', http: 'http://10.198.0.300:8080/healthz' }] },
    });
    const line = await says(agent, 'manifest refused', from);
    assert.match(JSON.stringify(line), /checks\[0\]\.http: is .*10\.198\.0\.300/);
    await goesOn();
    lab.write('api', spec);
  });

  it('that is told to reload (SIGHUP): it does', async () => {
    const from = agent.log().length;
    lab.write('more', { ...spec, addresses: ['10.77.0.101'], vrrp: { ...spec.vrrp, virtualRouterId: 8 } });
    agent.signal('SIGHUP');
    await says(agent, 'reading again what the agent goes by', from);
    await says(agent, 'manifest loaded', from);
    await goesOn();
    lab.remove('more');
  });

  it('that is asked for its state (SIGUSR1): it tells it, and opens no debugger', async () => {
    const from = agent.log().length;
    agent.signal('SIGUSR1');
    const line = await says(agent, 'state of a group', from);
    assert.deepEqual([line.group, line.state, line.held], ['api', 'Active', [vip]]);
    await goesOn();
    assert.doesNotMatch(agent.log(), /Debugger listening/);
    const listening = await leader.host.run('cat', ['/proc/net/tcp']);
    assert.doesNotMatch(listening, /:240D 00000000:0000 0A/, 'port 9229');
  });

  it('that is asked for its counters (SIGUSR2): it tells them', async () => {
    const from = agent.log().length;
    agent.signal('SIGUSR2');
    const line = await says(agent, 'counters', from);
    assert.ok((line.adverts_sent as number) > 0);
    await goesOn();
  });

  it('that is told to stop twice within a moment: its successor has it before it lets go', async () => {
    const seen = await during({ ...lab, vip }, async (node, prober) => {
      const process = node.agent();
      process.signal('SIGTERM');
      await wait(20);
      process.signal('SIGTERM');
      assert.equal(await process.exited, 0);
      assert.ok(!(await holds(node)));
      await prober.answered();
    });
    assert.notEqual(seen.after, seen.before);
    const longest = Math.max(0, ...seen.silences.map(({ lost }) => lost));
    assert.ok(longest < 20, `${longest} ms of silence`);
  });

  it('that nobody follows until it is told to stop once more: it lets go at once', async () => {
    const other = lab.nodes.find((node) => node !== leader)!;
    other.agent().signal('SIGKILL');
    await other.agent().exited;
    agent.signal('SIGTERM');
    await says(agent, 'stopping: handing over');
    await wait(600); // later than what counts as the same
    if (agent.running()) agent.signal('SIGTERM');
    const code = await agent.exited;
    assert.ok(!(await holds()), 'the lease did not have to run out');
    if (logged(agent, 'stopping at once') !== undefined) assert.equal(code, 1);
  });

  describe('while other programs change addresses all the time, and there are a thousand', () => {
    /** As kube-proxy does at its start. */
    const churn = async () => {
      const { host } = leader;
      const lines = (action: string, third: number, count: number) =>
        Array.from(
          { length: count },
          (_, n) => `address ${action} 10.70.${third + (n >> 8)}.${n & 255}/32 dev services\n`,
        );
      await host.run('ip', ['link', 'add', 'services', 'type', 'bridge']).catch(() => {}); // it is there already
      writeFileSync(join(scratch, 'standing'), lines('add', 0, 1000).join(''));
      writeFileSync(join(scratch, 'changes'), [...lines('add', 8, 200), ...lines('del', 8, 200)].join(''));
      await host.run('ip', ['-force', '-batch', join(scratch, 'standing')]).catch(() => {});
      const forever = 'while :; do ip -force -batch "$0" >/dev/null 2>&1; done';
      others.push(host.start('churn', 'sh', ['-c', forever, join(scratch, 'changes')]));
    };

    it('it starts, each time', async () => {
      await churn();
      for (let start = 0; start < 8; start++) {
        agent.signal('SIGTERM');
        await agent.exited;
        agent = leader.startAgent();
        await says(agent, 'engine started');
        const group = await eventually('its part in the group', async () => {
          const [member] = (await askNode(leader)).members;
          return member?.state === 'Backup' || member?.state === 'Active' ? member : undefined;
        });
        assert.equal(group.interface, 'eth0');
        assert.ok(agent.running(), agent.log());
      }
    });

    it('it is back after it was stopped for six seconds', async () => {
      await churn();
      agent.signal('SIGSTOP');
      await wait(6_000);
      agent.signal('SIGCONT');
      await everybodyIsBack({ ...lab, vip });
      assert.ok(agent.running(), agent.log());
      const { counters } = await askNode(leader);
      console.log(
        `      announcements were lost ${counters.rtnetlink_overruns ?? 0} times, lists interrupted ${counters.rtnetlink_interruptions ?? 0} times`,
      );
    });
  });

  describe('that starts while', () => {
    /** Starts the leader's agent anew, as `sh -c SCRIPT` says, in which "$@" is the agent. */
    const startAs = (script: string): Process => {
      const flags = {
        'node-name': leader.name,
        'state-dir': join(lab.lab.folder, `${leader.name}-state`),
        manifests: join(lab.lab.folder, 'manifests'),
        'metrics-address': ':17472',
        'health-address': '127.0.0.1:17473',
      };
      const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
      const main = join(projectRoot(), 'dist', 'main.js');
      const process_ = leader.host.start('odd-agent', 'sh', [
        '-c',
        script,
        'sh',
        process.execPath,
        main,
        'agent',
        ...args,
      ]);
      others.push(process_);
      return process_;
    };
    /** It leads when the other is gone. */
    const leads = async (process: Process) => {
      const other = lab.nodes.find((node) => node !== leader)!;
      other.agent().signal('SIGTERM');
      await other.agent().exited;
      await eventually('the address', () => holds(), { onTimeout: () => process.log() });
    };

    it('its metrics port is taken: it says so, and listens when it can', async () => {
      agent.signal('SIGTERM');
      await agent.exited;
      const thief = leader.host.start('thief', process.execPath, [
        '-e',
        "require('node:net').createServer().listen(17472, () => console.log('there'))",
      ]);
      await new Promise<void>((resolve) => thief.onLine(() => resolve()));
      const odd = startAs('exec "$@"');
      const line = await says(odd, 'not listening: the agent goes on without, and tries again');
      assert.match(String(line.reason), /--metrics-address :17472 is not answered: .*EADDRINUSE/);
      await leads(odd);
      await goesOn(odd);
      thief.signal('SIGKILL');
      await thief.exited;
      await says(odd, 'listening after all');
      assert.equal((await httpGet(leader.host, 'http://127.0.0.1:17472/metrics')).status, 200);
    });

    it('another user has the name of its lock: it says who that is', async () => {
      const name = JSON.stringify(agentSocket(leader.name));
      agent.signal('SIGTERM');
      await agent.exited;
      const thief = leader.host.start('thief', process.execPath, [
        '-e',
        `process.setuid(65534); require('node:net').createServer().listen({ path: ${name} }, () => console.log('there'))`,
      ]);
      others.push(thief);
      await new Promise<void>((resolve) => thief.onLine(() => resolve()));
      const odd = startAs('exec "$@"');
      const line = await says(odd, 'not listening: the agent goes on without, and tries again');
      assert.match(String(line.reason), /is taken by process \d+ of user 65534, which is no agent: end it$/);
      await leads(odd);
      await goesOn(odd);
    });

    it('its log has a reader, which goes: lines are lost, and it says so where it can', async () => {
      agent.signal('SIGTERM');
      await agent.exited;
      const pipe = join(scratch, 'log');
      const odd = startAs(`mkfifo ${pipe}; (head -n 1 <${pipe} >&2 &) ; exec "$@" 2>${pipe}`);
      await leads(odd);
      odd.signal('SIGUSR1');
      await goesOn(odd);
      const ready = await httpGet(leader.host, 'http://127.0.0.1:17473/readyz');
      assert.match(ready.body, /^ready, but:\nlines of the log are lost since .*: write EPIPE\n/);
    });

    it('its log has a reader, which stalls: it goes on, lines are lost, and it says how many when there is room again', async () => {
      agent.signal('SIGTERM');
      await agent.exited;
      const [pipe, signal] = [join(scratch, 'stalled'), join(scratch, 'read-on')];
      const reader = `(head -n 1; while ! [ -e ${signal} ]; do sleep 0.1; done; cat) <${pipe} >&2 &`;
      const odd = startAs(`mkfifo ${pipe}; ${reader} exec "$@" 2>${pipe}`);
      await leads(odd);
      const ready = () => httpGet(leader.host, 'http://127.0.0.1:17473/readyz');
      await eventually(
        'the stall',
        async () => {
          for (let n = 0; n < 50; n++) {
            odd.signal('SIGUSR1');
            await wait(2); // signals that wait together become one
          }
          return (await ready()).body.includes('whoever reads them has stopped reading');
        },
        { withinMs: 30_000, everyMs: 10 },
      );
      await goesOn(odd);
      writeFileSync(signal, '');
      const line = await says(odd, 'lines of the log were lost');
      assert.ok(Number(line.lines) > 0);
      assert.equal((await ready()).body, 'ok\n');
    });
  });

  it('whose metrics port is flooded with connections and headers that have no end: its memory has a bound', async () => {
    const rss = () => {
      const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
    };
    const before = rss();
    const flood = lab.client.start('flood', process.execPath, [
      ...programArguments(new URL('../lab/programs/header-flood', import.meta.url), import.meta.url),
      leader.host.address,
      '17472',
      '500',
    ]);
    others.push(flood);
    let opened = 0;
    flood.onLine((line) => {
      opened = Number(line);
    });
    await eventually('the flood', () => opened > 0);
    let most = before;
    let answered = 0;
    for (const end = performance.now() + 8_000; performance.now() < end; await wait(50)) {
      most = Math.max(most, rss());
      const ready = await httpGet(leader.host, 'http://127.0.0.1:17473/healthz').catch(() => undefined);
      if (ready?.status === 200) answered++;
    }
    console.log(
      `      ${opened} connections in 8 s; ${before.toFixed(1)} MiB before, ${most.toFixed(1)} MiB at most; ${answered} probes of health answered`,
    );
    assert.ok(opened > 1_000, `${opened} connections were opened`);
    assert.ok(most < before + 20, `${most} MiB, ${before} MiB before`);
    assert.ok(answered > 0, 'the kubelet would have ended it');
    await goesOn();
  });

  it('that tells what it holds over loopback only', async () => {
    const local = await httpGet(leader.host, 'http://127.0.0.1:17472/status');
    assert.equal(local.status, 200);
    for (const from of [lab.client, leader.host]) {
      const remote = await httpGet(from, `http://${leader.host.address}:17472/status`);
      assert.deepEqual(remote, { status: 403, body: 'only this machine itself is told that\n' });
      assert.equal((await httpGet(from, `http://${leader.host.address}:17472/metrics`)).status, 200);
    }
  });
});
