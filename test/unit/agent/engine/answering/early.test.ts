import assert from 'node:assert/strict';
import { answerOnNic, type OnNic } from '../../../../../src/agent/engine/answering/on-nic.js';
import { formatIp, ipFromBytes } from '../../../../../src/core/ip/address.js';
import type { Rtnetlink } from '../../../../../src/platform/linux/rtnetlink.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const nic = 2;
const addressesOf = (group: number, count: number) =>
  Array.from({ length: count }, (_, index) => Uint8Array.of(198, 51, group, index));
const text = (address: Uint8Array) => formatIp(ipFromBytes(address));

describe('many addresses that a node takes over at once', () => {
  let lan: Lan;
  let leader: LanHost;
  let successor: LanHost;
  const groups = [0, 1].map((group) => ({ name: `g${group}`, addresses: addressesOf(group, 200) }));
  const all = groups.flatMap(({ addresses }) => addresses.map(text));
  const take = (virtualMac = false) => {
    lan = createLan();
    [leader, successor] = [lan.host(1), lan.host(2)] as [LanHost, LanHost];
    [leader, successor].forEach((host, at) => {
      const set = groups.map((group, id) =>
        groupOf([1, 2], at + 1, { ...group, virtualRouterId: 51 + id, virtualMac }),
      );
      host.engine().configure(set, []);
    });
    lan.run(10 * second);
    assert.deepEqual(new Set(leader.held()), new Set(all));
    leader.cut = true;
  };
  const whenDone = (what: string) => successor.work.find((each) => each.what === what)?.at ?? Number.POSITIVE_INFINITY;

  it('are each announced before the NIC has the last of them', () => {
    take();
    lan.run(3 * second);
    const announced = new Map<string, number>();
    for (const { at, kind, text: said } of successor.sent)
      if (kind === 'neighbor' && !announced.has(said)) announced.set(said, at);
    const lastPut = Math.max(...all.map((address) => whenDone(`put ${address}`)));
    for (const address of all) assert.ok(announced.get(address)! < lastPut, address);
  });

  it('are announced no sooner than packets for them are taken in', () => {
    take();
    lan.run(3 * second);
    for (const address of all) {
      const answered = Math.min(whenDone(`put ${address}`), whenDone(`route ${address}`));
      const announced = successor.sent.find((each) => each.kind === 'neighbor' && each.text === address)!.at;
      assert.ok(announced >= answered, address);
    }
  });

  it('are on the NIC in the end, each, and no route is left', () => {
    take();
    lan.until(() => successor.byRoute().length > 0);
    lan.run(3 * second);
    assert.deepEqual(new Set(successor.held()), new Set(all));
    assert.deepEqual(successor.byRoute(), []);
    assert.ok(all.some((address) => whenDone(`unroute ${address}`) < Number.POSITIVE_INFINITY));
  });

  it('with virtual MACs are answered for by no route, since no other interface may answer', () => {
    take(true);
    lan.run(3 * second);
    assert.deepEqual(new Set(successor.held()), new Set(all));
    assert.ok(!successor.work.some(({ what }) => what.startsWith('route')));
  });

  it('are answered for no longer than a lease by a node whose agent is killed meanwhile', () => {
    take();
    lan.until(() => successor.byRoute().length > 0);
    successor.kill();
    lan.run(2.5 * second);
    assert.deepEqual([successor.held(), successor.byRoute()], [[], []]);
  });

  it('are let go of by a node that is told to stop meanwhile', () => {
    take();
    lan.until(() => successor.byRoute().length > 0);
    successor.engine().shutdown(true);
    lan.run(100 * ms);
    assert.deepEqual([successor.held(), successor.byRoute()], [[], []]);
  });
});

describe('addresses that are answered for by a route', () => {
  type Changes = Pick<
    Rtnetlink,
    'putAddresses' | 'renewAddresses' | 'removeAddresses' | 'putLocalRoutes' | 'removeLocalRoutes'
  >;
  const accept = (list: readonly object[]) => list.map(() => undefined);
  const refuse = (list: readonly object[]) => list.map(() => ({ code: 'EINVAL', message: 'EINVAL' }));
  let routes: Set<string>;
  let now: number;
  const open = (changes: Partial<Changes> = {}): OnNic =>
    answerOnNic({
      putAddresses: accept,
      renewAddresses: () => 0,
      removeAddresses: accept,
      putLocalRoutes(_, list) {
        for (const address of list) routes.add(text(address));
        return accept(list);
      },
      removeLocalRoutes(list) {
        for (const address of list) routes.delete(text(address));
        return accept(list);
      },
      ...changes,
    });
  /** Works until there is nothing to do, and returns what was said to be in place, by group. */
  const workOff = (onNic: OnNic, turns = 100): readonly string[] => {
    const said: string[] = [];
    for (let turn = 0; turn < turns && onNic.deadline() <= now; turn++)
      for (const effect of onNic.work(++now))
        if (effect.type === 'in-place') said.push(...effect.addresses.map((each) => `${effect.group} ${text(each)}`));
    return said;
  };
  const many = [...addressesOf(0, 200), ...addressesOf(1, 200)];
  const named = (group: string) => new Set(many.map((each) => `${group} ${text(each)}`));

  beforeEach(() => {
    routes = new Set();
    now = 0;
  });

  it('are said to be in place once, not again when the NIC has them', () => {
    const onNic = open();
    onNic.want('web', nic, many);
    const said = [...workOff(onNic, 2)];
    assert.ok(routes.size > 100);
    said.push(...workOff(onNic));
    assert.deepEqual(said.sort(), [...named('web')].sort());
    assert.equal(routes.size, 0);
  });

  it('are in place at once for another group that wants them meanwhile', () => {
    const onNic = open();
    onNic.want('web', nic, many);
    workOff(onNic, 2);
    onNic.want('mail', nic, many);
    assert.equal(onNic.held('mail').length, 128);
    const said = new Set(workOff(onNic));
    for (const each of named('mail')) assert.ok(said.has(each), each);
    assert.equal(routes.size, 0);
  });

  it('are in place when the NIC has them, where the kernel refuses routes', () => {
    const onNic = open({ putLocalRoutes: (_, list) => refuse(list) });
    onNic.want('web', nic, many);
    assert.deepEqual(new Set(workOff(onNic)), named('web'));
    assert.equal(onNic.held('web').length, many.length);
  });

  it('are none where the kernel refuses the address that routes would go with', () => {
    let puts = 0;
    const onNic = open({ putAddresses: (list) => (puts++ === 0 ? refuse(list) : accept(list)) });
    onNic.want('web', nic, many);
    workOff(onNic, 1);
    assert.equal(routes.size, 0);
    workOff(onNic);
    assert.equal(onNic.held('web').length, many.length - 1);
  });

  it('answer no more when the kernel refuses them on the NIC', () => {
    let most = 1;
    const onNic = open({ putAddresses: (list) => (list.length <= most ? accept(list) : refuse(list)) });
    onNic.want('web', nic, many);
    workOff(onNic, 1);
    assert.equal(onNic.held('web').length, 64);
    most = 0;
    workOff(onNic, 20);
    assert.equal(routes.size, 0);
    assert.equal(onNic.held('web').length, 1);
    assert.equal(onNic.refused('web').length, many.length - 1);
  });

  it('lose their routes when nobody wants them any more, and keep them when somebody does again at once', () => {
    const onNic = open();
    onNic.want('web', nic, many);
    workOff(onNic, 2);
    onNic.want('web', nic, many.slice(0, 64));
    workOff(onNic);
    assert.equal(routes.size, 0);
    assert.deepEqual(new Set(onNic.held('web').map(text)), new Set(many.slice(0, 64).map(text)));
  });
});
