import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { VipGroupSpec } from '../../src/api/vip-group.js';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { type AuthenticationMode, authenticationModes } from '../../src/core/vrrp/authentication.js';
import { stampOf } from '../../src/core/vrrp/stamps.js';
import { broadcastMac } from '../../src/core/wire/mac.js';
import { decodeAdvertFrame, encodeAdvertFrame } from '../../src/core/wire/vrrp-frame.js';
import { run } from '../lab/command.js';
import { answeredByAnother, askNode, during, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { startProber } from '../lab/prober.js';
import { lengthOf, outageOf } from '../lab/silence.js';
import { startTap, type Tap } from '../lab/tap.js';

const vip = '10.77.0.100';
const intervalMs = 100;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const secrets = { 1: '00112233445566778899aabbccddeeff'.repeat(2), 2: 'a1b2c3d4e5f60718293a4b5c6d7e8f90'.repeat(2) };

for (const transport of ['unicast', 'multicast'] as const) {
  describe(`adverts signed with a shared key, ${transport}`, function () {
    this.timeout(120_000);
    let lab: ManifestNodes;
    let tap: Tap;
    const election = () => ({ ...lab, vip });

    /** Resolves when every node has taken it in. */
    const group = async (authentication?: NonNullable<VipGroupSpec['vrrp']>['authentication']) => {
      const loads = () => lab.nodes.map((node) => node.agent().log().split('manifest loaded').length);
      const before = loads();
      lab.write('api', {
        protocol: 'vip',
        interface: 'eth0',
        addresses: [vip],
        vrrp: {
          virtualRouterId: 7,
          advertisementInterval: `${intervalMs}ms`,
          transport,
          ...(authentication === undefined ? {} : { authentication }),
        },
      });
      await eventually('manifests loaded', () => loads().every((count, i) => count > before[i]!));
    };
    const use = (mode: AuthenticationMode, keyId: 1 | 2 = 1) => group({ keys: 'lan', keyId, mode });
    const give = (node: Node, id: 1 | 2) =>
      writeFileSync(join(node.keysDir, `lan.${id}`), `hex:${secrets[id]}\n`, { mode: 0o600 });
    const take = (node: Node, id: 1 | 2) => rmSync(join(node.keysDir, `lan.${id}`));
    const memberOn = async (node: Node) => (await askNode(node)).members.find((member) => member.group === 'api');
    const dropsOn = async (node: Node) => (await askNode(node)).drops;
    /** The latest advert on the wire is signed with that key, or with none. */
    const signedWith = (id: number | undefined) =>
      eventually(`adverts signed with ${id ?? 'no key'}`, () => {
        const frame = tap.adverts().at(-1);
        const decoded = frame && decodeAdvertFrame(frame, frame.length);
        return decoded?.ok && decoded.received.trailer?.keyId === id ? true : undefined;
      });
    /** The client is answered throughout, by one and the same node, and no agent has anything to say against another. */
    const undisturbed = async (what: (leader: Node) => Promise<void>) => {
      const leader = await settledLeader(election());
      const before = await Promise.all(lab.nodes.map(dropsOn));
      const prober = startProber(lab.client, vip);
      try {
        await prober.answered();
        await what(leader);
        await wait(300);
      } finally {
        await prober.stop();
      }
      const outage = outageOf(prober.probes());
      assert.equal(outage, undefined, `lost: ${JSON.stringify(outage)}`);
      assert.equal((await settledLeader(election())).name, leader.name);
      return { before, after: await Promise.all(lab.nodes.map(dropsOn)) };
    };

    before(async () => {
      lab = await startManifestNodes(`e2eauth${transport[0]}${process.pid}`);
      // The tap is where a switch sends everything: by unicast it would hear nothing else.
      await run('ip', ['-n', lab.lab.bridge, 'link', 'set', 'br0', 'type', 'bridge', 'ageing_time', '0']);
      tap = await startTap(await lab.lab.addHost('tap', 99));
      await group();
      await settledLeader(election());
    });
    after(() => lab?.lab.close());
    afterEach(function () {
      if (this.currentTest?.state !== 'failed' || lab === undefined) return;
      for (const node of lab.nodes) console.log(`--- ${node.name}\n${node.agent().log()}`);
    });

    it('come in step by step without a lost probe: keys, receive-only, permissive, enforce', async () => {
      const { before, after } = await undisturbed(async () => {
        for (const node of lab.nodes) {
          give(node, 1);
          await wait(100);
        }
        for (const mode of authenticationModes) {
          await use(mode);
          await signedWith(mode === 'receive-only' ? undefined : 1);
          await wait(700);
        }
      });
      assert.deepEqual(after, before, 'nothing was refused');
    });

    it('cannot be forged: unsigned ones and ones with another key, with priority 255 or 0, move nothing and are reported', async () => {
      const { before, after } = await undisturbed(async (leader) => {
        for (const sender of lab.nodes) {
          for (const priority of [255, 0]) {
            for (const key of [undefined, 'f'.repeat(64)]) {
              for (const target of lab.nodes) if (target !== sender) tap.send(forged(sender, target, priority, key));
              await wait(50);
            }
          }
        }
        assert.ok(leader.agent().running());
      });
      for (const [index, node] of lab.nodes.entries()) {
        for (const reason of ['hmac-missing', 'hmac-mismatch'])
          assert.ok((after[index]![reason] ?? 0) >= (before[index]![reason] ?? 0) + 4, `${node.name} ${reason}`);
        const others = lab.nodes.filter((other) => other !== node);
        for (const { host } of others) {
          const told = node
            .agent()
            .log()
            .split('\n')
            .filter((line) => line.includes('is not signed') && line.includes(`from ${host.address} (`));
          assert.equal(told.length, 1, `${node.name} of ${host.address}: ${told.join('\n')}`);
        }
      }
    });

    it('are of no use to who recorded them: a dead leader stays dead, and its successor leads on', async () => {
      const { silences, before, after } = await during(election(), async (leader, prober) => {
        const recorded = tap.adverts().slice(-20);
        await leader.host.cable.cut();
        const replay = setInterval(() => {
          for (const frame of recorded) tap.send(frame);
        }, 20);
        try {
          await answeredByAnother(prober, leader);
          await wait(6_500); // beyond the time window, too
        } finally {
          clearInterval(replay);
        }
      });
      assert.notEqual(before.name, after.name);
      const longest = Math.max(...silences.map(lengthOf)) / 1000;
      assert.ok(longest <= 1.2 * (3 * intervalMs + (intervalMs * 42) / 256) + 20, `${longest} ms`);
      assert.equal(silences.length, 1, JSON.stringify(silences));
      const drops = await dropsOn(after);
      assert.ok(drops['hmac-replay']! > 0 && drops['hmac-stale']! > 0, JSON.stringify(drops));
      await everybodyIsBack(election());
    });

    it('get another key without a lost probe: known everywhere, then used, then the former one goes', async () => {
      const { before, after } = await undisturbed(async () => {
        for (const node of lab.nodes) {
          give(node, 2);
          await wait(400);
        }
        await use('enforce', 2);
        await signedWith(2);
        await wait(500);
        for (const node of lab.nodes) {
          take(node, 1);
          await wait(400);
        }
      });
      assert.deepEqual(after, before, 'nothing was refused');
    });

    it('keep out a node that lost the key: it takes no part and says why, until it has it', async () => {
      const leader = await settledLeader(election());
      const [keyless] = lab.nodes.filter((node) => node !== leader) as [Node];
      const { before, after } = await undisturbed(async () => {
        take(keyless, 2);
        await wait(300);
        assert.equal((await memberOn(keyless))?.state, 'Backup', 'it goes on with what it remembers');
        keyless.agent().signal('SIGTERM');
        await keyless.agent().exited;
        keyless.startAgent();
        const message = await eventually(
          'the reason',
          async () => (await memberOn(keyless).catch(() => undefined))?.message,
        );
        assert.match(message, /needs key lan\.2, which is not there: .* takes no part/);
        await wait(1_000);
        assert.equal((await memberOn(keyless))?.state, 'Initialize');
        give(keyless, 2);
        await eventually('a Backup', async () => ((await memberOn(keyless))?.state === 'Backup' ? true : undefined));
      });
      for (const [index, node] of lab.nodes.entries())
        if (node !== keyless) assert.deepEqual(after[index], before[index], node.name);
    });

    it('leave the key in no log, metric or status', async () => {
      const reasons = new Set<string>();
      for (const node of lab.nodes) {
        const { body: metrics } = await httpGet(node.host, `http://${node.host.address}:17472/metrics`);
        for (const [, reason = ''] of metrics.matchAll(/openelb_adverts_dropped_total\{reason="(hmac.*?)"/g))
          reasons.add(reason);
        for (const text of [node.agent().log(), metrics, JSON.stringify(await askNode(node))])
          for (const secret of Object.values(secrets)) assert.ok(!text.includes(secret.slice(0, 12)));
      }
      assert.deepEqual([...reasons].toSorted(), ['hmac-mismatch', 'hmac-missing', 'hmac-replay', 'hmac-stale']);
    });

    it('go out again in the opposite order without a lost probe', async () => {
      const { before, after } = await undisturbed(async () => {
        for (const mode of authenticationModes.toReversed()) {
          await use(mode, 2);
          await wait(300);
        }
        await group();
        await signedWith(undefined);
        await wait(500);
      });
      assert.deepEqual(after, before, 'nothing was refused');
    });

    function forged(sender: Node, target: Node, priority: number, key: string | undefined): Uint8Array {
      const hmac = (data: Uint8Array) => createHmac('sha256', Buffer.from(key!, 'hex')).update(data).digest();
      const stamp = { ...stampOf(Date.now() * 1000), keyId: 1 };
      const advert = {
        version: 3,
        family: 4,
        virtualRouterId: 7,
        priority,
        interval: intervalMs * 1000,
        addresses: [bytes(vip)],
      } as const;
      return encodeAdvertFrame({
        advert,
        sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 0x66),
        destinationMac: broadcastMac(),
        source: bytes(sender.host.address),
        destination: bytes(transport === 'unicast' ? target.host.address : '224.0.0.18'),
        checksum: 'pseudo-header',
        ...(key === undefined ? {} : { signature: { stamp, hmac } }),
      });
    }
  });
}
