import assert from 'node:assert/strict';
import type { Kernel } from '../../../../src/agent/engine/kernel.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const vip = '192.0.2.100';

describe('a node whose addresses others change all the time', () => {
  let lan: Lan;
  let hosts: LanHost[];
  let restless: boolean;
  let overrun: boolean;
  let lists: number;

  beforeEach(() => {
    [restless, overrun, lists] = [false, false, 0];
    lan = createLan();
    hosts = [1, 2].map((number) => lan.host(number));
    const { kernel } = hosts[0]!;
    const { addresses } = kernel.rtnetlink;
    const { read } = kernel.events;
    Object.assign(kernel.rtnetlink, {
      addresses(index, interrupted) {
        lists++;
        if (!restless) return addresses(index);
        interrupted?.();
        return []; // the worst that may come of it
      },
    } satisfies Partial<Kernel['rtnetlink']>);
    Object.assign(kernel.events, {
      read() {
        const lost = overrun;
        overrun = false;
        return { ...read(), overrun: lost };
      },
    } satisfies Partial<Kernel['events']>);
  });
  const configure = () => {
    for (const [index, host] of hosts.entries()) host.engine().configure([groupOf([1, 2], index + 1)], []);
  };
  /** Announcements of the kernel are lost, as when the process was stopped for seconds. */
  const lose = () => {
    overrun = true;
    hosts[0]!.addAddress('192.0.2.77', 32);
  };

  it('starts, and leads as soon as its addresses could be listed', () => {
    restless = true;
    hosts[0]!.restart();
    configure();
    lan.until(() => hosts[1]!.held().includes(vip));
    restless = false;
    lan.until(() => hosts[0]!.state('web')?.state === 'Backup', 2 * second);
  });

  it('leads on when announcements are lost and no list is whole, without taking its own address for gone', () => {
    configure();
    lan.until(() => hosts[0]!.held().includes(vip));
    lan.run(1 * second);
    const puts = hosts[0]!.work.length;
    restless = true;
    lose();
    lan.run(1 * second);
    assert.equal(hosts[0]!.state('web')?.state, 'Active');
    assert.deepEqual(hosts[0]!.held(), [vip]);
    assert.equal(hosts[0]!.work.length, puts);
    const { counters } = hosts[0]!.engine().report();
    assert.equal(counters.rtnetlink_overruns, 1);
    assert.ok(counters.rtnetlink_interruptions! >= 3 && counters.rtnetlink_interruptions! <= 5, 'four times a second');
    restless = false;
    lan.run(500 * ms);
    const before = lists;
    lan.run(2 * second);
    assert.equal(lists, before, 'one whole list is enough');
  });

  it('puts an address of its own back whose removal was among what was lost, once a list is whole', () => {
    configure();
    lan.until(() => hosts[0]!.held().includes(vip));
    lan.run(31 * second);
    restless = true;
    const { read } = hosts[0]!.kernel.events;
    Object.assign(hosts[0]!.kernel.events, { read: () => ({ ...read(), events: [], overrun: true }) });
    hosts[0]!.removeAddress(vip);
    lan.run(1 * ms);
    Object.assign(hosts[0]!.kernel.events, { read });
    restless = false;
    const puts = () => hosts[0]!.work.filter(({ what }) => what === `put ${vip}`).length;
    const before = puts();
    lan.until(() => puts() > before, 300 * ms);
    assert.deepEqual(hosts[0]!.held(), [vip]);
  });
});
