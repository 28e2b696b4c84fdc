import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answeredByAnother, askNode, during, type Election, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

/** How long a child that the check's program leaves behind would stay: a number to know it by. */
const childSeconds = '86123';

const programs = {
  'check-disk': `sleep ${childSeconds} &\nexit "$(cat "$(dirname "$0")/verdict")"`,
  tell: 'echo "$@" >>"$(dirname "$0")/told"; echo "told $4"',
  hang: `trap '' TERM; sleep ${childSeconds} & wait; sleep ${childSeconds}`,
};

/** Processes on this machine that are such a child. */
function children(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^[0-9]+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${childSeconds}\0`;
    } catch {
      return false; // it is gone
    }
  });
}

describe('agents in network namespaces, with programs and files of their nodes', function () {
  this.timeout(120_000);
  let subject: ManifestNodes & Election;
  const part = async (node: Node) => (await askNode(node)).members[0]!;
  const set = (node: Node, file: string, text: string) => writeFileSync(join(node.checksDir, file), text);
  const told = (node: Node) => {
    const file = join(node.checksDir, 'told');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const lastTold = (node: Node) => told(node).at(-1) ?? '';

  before(async () => {
    subject = { ...(await startManifestNodes(`oagh${process.pid}`, 2)), vip: '10.77.0.100' };
    for (const node of subject.nodes) {
      mkdirSync(join(node.checksDir, 'state'));
      set(node, 'state/drain', '0\n');
      set(node, 'verdict', '0\n');
      for (const [name, script] of Object.entries(programs)) {
        writeFileSync(join(node.checksDir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      }
    }
    subject.write('group', {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [subject.vip],
      vrrp: {
        virtualRouterId: 12,
        advertisementInterval: '100ms',
        checks: [
          { name: 'disk', command: 'check-disk', interval: '100ms', fall: 2, rise: 2 },
          { name: 'drain', file: 'state/drain', interval: '1h' },
        ],
        notify: [
          { command: 'tell', args: ['-v'] },
          { command: 'hang', timeout: '500ms' },
        ],
      },
    });
  });
  after(async () => {
    await subject?.lab.close();
    await eventually('no child of a program to be left', () => children().length === 0, { withinMs: 5_000 });
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || subject === undefined) return;
    for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  it('a check goes on although its program leaves a child behind each time, and none of them stays', async () => {
    const seen = await during(subject, async (leader, prober) => {
      set(leader, 'verdict', '1\n');
      await answeredByAnother(prober, leader);
    });
    const lost = seen.silences.reduce((sum, silence) => sum + silence.lost, 0);
    assert.ok(lost <= 2, `${lost} probes of 1000 a second lost`);
    await eventually('the former leader to have let go', async () => (await part(seen.before)).state === 'Initialize');
    assert.match((await part(seen.before)).message ?? '', /check disk fails: .*\/check-disk exited with 1/);
    // Two nodes check ten times a second, and each has hooks that hang for half a second.
    assert.ok(children().length < 12, `${children().length} children are left`);
    set(seen.before, 'verdict', '0\n');
    assert.equal(await settledLeader(subject), seen.after);
  });

  it('a track file moves the address as soon as it is written, with no probe lost', async () => {
    const seen = await during(subject, async (leader, prober) => {
      set(leader, 'state/drain', '-100\n');
      await answeredByAnother(prober, leader, 5_000);
    });
    const lost = seen.silences.reduce((sum, silence) => sum + silence.lost, 0);
    assert.ok(lost <= 2, `${lost} probes of 1000 a second lost`);
    const drained = await eventually('the former leader to stand by', async () => {
      const now = await part(seen.before);
      return now.state === 'Backup' ? now : undefined;
    });
    assert.match(drained.message ?? '', /check drain takes 100 off the priority, as its file says/);
    assert.ok(drained.priority <= 154, `${drained.priority}`);
    set(seen.before, 'state/drain', '0\n');
    await eventually('its priority to be back', async () => (await part(seen.before)).message === undefined);
  });

  it('hooks are told what each node is, in the words of keepalived, and what they print is in the log', async () => {
    const leader = await everybodyIsBack(subject);
    const { priority } = await part(leader);
    await eventually('the hook of the leader', () => lastTold(leader) === `-v INSTANCE group MASTER ${priority}`);
    for (const node of subject.nodes) {
      const words = told(node).map((line) => line.split(' ')[3]);
      assert.ok(
        words.every((word) => word !== undefined && ['MASTER', 'BACKUP', 'FAULT'].includes(word)),
        `${words}`,
      );
      assert.ok(
        words.every((word, at) => at === 0 || word !== words[at - 1]),
        `${node.name} was told the same twice: ${words}`,
      );
    }
    const lines = leader.agent().log().split('\n');
    const ran = lines.filter((line) => line.includes('"notify hook ran"')).map((line) => JSON.parse(line));
    assert.equal(ran.at(-1)!.output, 'told MASTER\n');
    const failed = lines.filter((line) => line.includes('"notify hook failed"')).map((line) => JSON.parse(line));
    assert.equal(failed[0]!.command, 'hang');
    assert.equal(failed[0]!.ended, 'did not end in time');
  });

  it('a failed check is a fault for hooks', async () => {
    const leader = await everybodyIsBack(subject);
    const other = subject.nodes.find((node) => node !== leader)!;
    set(other, 'verdict', '1\n');
    await eventually('the hook to be told', () => / FAULT /.test(lastTold(other)));
    set(other, 'verdict', '0\n');
    await eventually('the hook to be told of its end', () => / BACKUP /.test(lastTold(other)));
  });

  it('an agent that ends tells its hooks, and leaves nothing of them behind', async () => {
    const leader = await everybodyIsBack(subject);
    const agent = leader.agent();
    agent.signal('SIGTERM');
    assert.equal(await agent.exited, 0);
    assert.match(lastTold(leader), /^-v INSTANCE group STOP /);
    const pids = children();
    await eventually('what it ran to be gone', () => children().every((pid) => !pids.includes(pid)), {
      withinMs: 10_000,
    });
  });
});
