import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { furnishedLab, type Lab, openLab } from '../lab/lab.js';
import { scratchFolder } from '../lab/leftovers.js';
import { startProber } from '../lab/prober.js';
import { programArguments } from '../lab/process.js';
import { startResponder } from '../lab/responder.js';
import { outageOf, silencesOf } from '../lab/silence.js';

const vip = '10.77.0.100';

describe('the lab', function () {
  this.timeout(60_000);
  let lab: Lab;
  let client: Host;
  let node: Host;

  before(async () => {
    lab = await openLab(`labtest${process.pid}`);
    client = await lab.addHost('client', 200);
    node = await lab.addHost('n1', 11);
    await startResponder(node);
    await node.run('ip', ['address', 'add', `${vip}/32`, 'dev', 'eth0']);
  });
  after(() => lab?.close());

  it('loses no probe of a thousand a second to a node that keeps the address', async () => {
    const prober = startProber(client, vip);
    await prober.answered();
    await eventually('a thousand probes', () => prober.probes().length >= 1000);
    const probes = await prober.stop();
    assert.deepEqual(silencesOf(probes), []);
    assert.equal(prober.lastAnswerBy(), 'n1');
  });

  it('reaches a node over IPv6', async () => {
    const prober = startProber(client, node.address6, 100);
    assert.equal((await prober.answered()).by, 'n1');
    await prober.stop();
  });

  const cuts = [
    { how: 'pulled', carrier: '0', cut: () => node.cable.cut() },
    { how: 'cut silently', carrier: '1', cut: () => node.cable.cutSilently() },
    { how: 'cut silently from the host on', carrier: '1', cut: () => node.cable.cutSilently('from-host') },
    { how: 'cut silently towards the host', carrier: '1', cut: () => node.cable.cutSilently('to-host') },
  ];
  for (const { how, carrier, cut } of cuts) {
    it(`measures the silence of a cable ${how}; the node's carrier is then ${carrier}`, async () => {
      const prober = startProber(client, vip);
      await prober.answered();
      const cutAt = await cut();
      const cutDoneAt = monotonicMicros();
      assert.equal((await node.run('cat', ['/sys/class/net/eth0/carrier'])).trim(), carrier);
      await eventually('200 lost probes', () => prober.probes().filter((probe) => !probe.answeredAt).length > 200);
      const healedAt = await node.cable.heal();
      await prober.answered();
      const silence = outageOf(await prober.stop())!;
      assert.ok(silence.from >= cutAt - 10_000, `began ${cutAt - silence.from} us before the cut`);
      assert.ok(silence.to! >= healedAt, `ended ${healedAt - silence.to!} us before the cable was healed`);
      assert.ok(silence.from <= cutDoneAt, `began ${silence.from - cutDoneAt} us after the cut was done`);
    });
  }

  it('refuses a name that a living process uses, and says whose', async () => {
    await assert.rejects(openLab(lab.name), new RegExp(`in use by process ${process.pid}`));
  });

  it('is removed when what was to be put into it fails, with what is there already', async () => {
    const name = `labfail${process.pid}`;
    const failing = furnishedLab(name, async (other) => {
      const host = await other.addHost('n1', 11);
      const sleeper = host.start('sleeper', 'sleep', ['600']);
      await Promise.reject(new Error(`no agent, pid ${sleeper.pid}`));
    });
    const pid = await failing.catch(({ message }: Error) => Number(/^no agent, pid (\d+)$/.exec(message)![1]));
    assert.deepEqual(namespaces(`${name}-`), []);
    await eventually('the end of its process', () => !existsSync(`/proc/${pid}`));
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`is removed when its process ends by ${signal}`, async () => {
      const other = await openLabInAnotherProcess(`labsig${process.pid}`);
      other.kill(signal);
      const name = `labsig${process.pid}`;
      await eventually('its namespaces and its folder gone', () => {
        return namespaces(`${name}-`).length === 0 && !existsSync(scratchFolder(name));
      });
    });
  }

  it('removes what a killed run left behind, processes included, when the next lab opens', async () => {
    const other = await openLabInAnotherProcess(`labkill${process.pid}`);
    other.kill('SIGKILL');
    await eventually('its end', () => other.signalCode === 'SIGKILL');
    assert.equal(namespaces(`labkill${process.pid}-`).length, 2);
    const next = await openLab(`labnext${process.pid}`);
    next.close();
    assert.deepEqual(namespaces(`labkill${process.pid}-`), []);
  });
});

function namespaces(prefix: string): readonly string[] {
  return readdirSync('/run/netns').filter((name) => name.startsWith(prefix));
}

async function openLabInAnotherProcess(name: string) {
  const program = programArguments(new URL('../lab/programs/idle-lab', import.meta.url), import.meta.url);
  const child = spawn(process.execPath, [...program, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let ready = false;
  child.stdout.on('data', () => {
    ready = true;
  });
  await eventually('the other lab', () => ready);
  return child;
}
