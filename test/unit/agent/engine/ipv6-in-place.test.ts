import assert from 'node:assert/strict';
import { answerOnNic } from '../../../../src/agent/engine/answering/on-nic.js';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1000;
const second = 1_000_000;
const vip = '2001:db8::100';

describe('an IPv6 address, which the kernel takes packets in for only after a while,', () => {
  let lan: Lan;
  let leader: LanHost;
  let successor: LanHost;
  let leftAt: number;

  const handOver = (ipv6Takes: number, o: Partial<GroupConfig> = {}) => {
    lan = createLan();
    [leader, successor] = [lan.host(1), lan.host(2)];
    successor.ipv6Takes = ipv6Takes;
    for (const [index, host] of [leader, successor].entries()) {
      const addresses = [ipToBytes(parseIp(vip)!)];
      host.engine().configure([groupOf([1, 2], index + 1, { family: 6, addresses, ...o })], []);
    }
    lan.until(() => leader.held().includes(vip));
    lan.run(1 * second);
    leftAt = lan.now();
    leader.engine().shutdown(false);
    lan.until(() => successor.held().includes(vip));
  };
  /** How long after the address was put the first frame of the kind was sent. */
  const said = (kind: 'advert' | 'neighbor') => {
    const put = successor.work.find(({ at, what }) => at >= leftAt && what === `put ${vip}`)!.at;
    const frame = successor.sent.find(
      (each) => each.at >= leftAt && each.kind === kind && !each.text.startsWith('probe'),
    );
    return frame!.at - put;
  };

  it('is announced when it does, not before', () => {
    handOver(7 * ms);
    assert.equal(successor.state('web')!.held.length, 0);
    lan.run(20 * ms);
    assert.ok(said('neighbor') >= 7 * ms && said('neighbor') < 8 * ms, `${said('neighbor')} us`);
    assert.ok(said('advert') < 1 * ms, 'the advert waits for nothing');
    assert.deepEqual(successor.state('web')!.held, [vip]);
  });

  it('is announced all the same when the kernel never says so', () => {
    handOver(60 * second);
    lan.run(150 * ms);
    assert.ok(said('neighbor') >= 100 * ms && said('neighbor') < 101 * ms, `${said('neighbor')} us`);
  });

  it('with a virtual MAC is claimed only then, since switches move with the advert', () => {
    handOver(7 * ms, { virtualMac: true });
    successor.addAddress('2001:db8::77', 64); // news of the network, such as of the interface that was just switched on
    lan.run(20 * ms);
    assert.ok(said('advert') >= 7 * ms && said('advert') < 8 * ms, `${said('advert')} us`);
    assert.ok(said('neighbor') >= said('advert'));
  });

  it('with a virtual MAC is claimed with the next advert at the latest', () => {
    handOver(60 * second, { virtualMac: true, advertisementInterval: 50 * ms });
    lan.run(100 * ms);
    assert.ok(said('advert') <= 51 * ms, `${said('advert')} us`);
  });

  it('is not announced when leadership was lost meanwhile', () => {
    handOver(300 * ms);
    successor.engine().shutdown(true);
    lan.run(1 * second);
    assert.ok(!successor.sent.some(({ at, kind, text }) => at >= leftAt && kind === 'neighbor' && text === vip));
    assert.deepEqual(successor.held(), []);
  });

  it('is announced when it was dropped and taken again before the kernel had got round to either', () => {
    const address = ipToBytes(parseIp(vip)!);
    const told: string[] = [];
    const accept = (list: readonly object[]) => list.map(() => undefined);
    const onNic = answerOnNic({
      putAddresses: accept,
      renewAddresses: () => 0,
      removeAddresses: accept,
      putLocalRoutes: (_, list) => accept(list),
      removeLocalRoutes: accept,
    });
    const work = (now: number) => {
      for (const effect of onNic.work(now)) if (effect.type === 'in-place') told.push(effect.group);
    };
    onNic.want('web', 2, [address]);
    work(0);
    onNic.want('web', 2, []);
    onNic.want('mail', 2, [address]);
    for (let now = 1; now < 4; now++) work(now);
    assert.deepEqual([told, onNic.held('mail')], [[], []]);
    onNic.appeared(2, address);
    work(5);
    assert.deepEqual([told, onNic.held('mail')], [['mail'], [address]]);
  });
});
