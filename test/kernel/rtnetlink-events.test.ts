import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import {
  type NetworkEvent,
  openRtnetlinkEvents,
  type RtnetlinkEvents,
} from '../../src/platform/linux/rtnetlink-events.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

describe('announcements of the kernel', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let rtnetlink: Rtnetlink;
  let interfaceIndex: number;
  const open: RtnetlinkEvents[] = [];

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('event');
    rtnetlink = hosts.inA(openRtnetlink);
    interfaceIndex = rtnetlink.links().find((link) => link.name === 'va')!.index;
  });
  afterEach(() => {
    for (const events of open.splice(0)) events.close();
  });
  after(() => {
    rtnetlink?.close();
    hosts?.close();
  });

  function listen(o?: { routes?: boolean; receiveBufferBytes?: number }): RtnetlinkEvents {
    const events = hosts.inA(() => openRtnetlinkEvents(o));
    open.push(events);
    return events;
  }

  /** Everything there is to read now. */
  function readAll(events: RtnetlinkEvents): { events: NetworkEvent[]; routes: boolean; overrun: boolean } {
    const all = { events: [] as NetworkEvent[], routes: false, overrun: false };
    for (let quiet = false; !quiet; ) {
      const news = events.read();
      all.events.push(...news.events);
      all.routes ||= news.routes;
      all.overrun ||= news.overrun;
      quiet = news.events.length === 0 && !news.routes && !news.overrun;
    }
    return all;
  }

  function burst(action: 'add' | 'del', count: number): void {
    const lines = Array.from({ length: count }, (_, n) => `address ${action} 10.70.${n >> 8}.${n & 255}/32 dev va`);
    execFileSync('ip', ['-n', hosts.a, '-batch', '-'], { input: lines.join('\n') });
  }

  it('say that a link lost its carrier, and that it got it back', async () => {
    const events = listen();
    const lastRunning = (): boolean | undefined => {
      const states = readAll(events).events.flatMap((event) =>
        event.type === 'link' && event.link.name === 'va' ? [event.link.running] : [],
      );
      return states.at(-1);
    };
    hosts.onB('link', 'set', 'vb', 'down');
    await eventually('the loss', () => lastRunning() === false);
    hosts.onB('link', 'set', 'vb', 'up');
    await eventually('the return', () => lastRunning() === true);
  });

  it('say that a link was removed', () => {
    const events = listen();
    hosts.onA('link', 'add', 'gone', 'type', 'bridge');
    hosts.onA('link', 'del', 'gone');
    const last = readAll(events).events.findLast((event) => event.type === 'link' && event.link.name === 'gone');
    assert.equal(last?.removed, true);
  });

  it('carry the address that came and went, with its interface', () => {
    const events = listen();
    hosts.onA('address', 'add', '10.8.0.1/24', 'dev', 'va');
    hosts.onA('address', 'del', '10.8.0.1/24', 'dev', 'va');
    const seen = readAll(events).events.filter((event) => event.type === 'address');
    assert.deepEqual(
      seen.map(({ removed, address }) => [removed, address.interfaceIndex, [...address.address], address.prefixLength]),
      [
        [false, interfaceIndex, [10, 8, 0, 1], 24],
        [true, interfaceIndex, [10, 8, 0, 1], 24],
      ],
    );
  });

  for (const [family, address, text] of [
    ['IPv4', Uint8Array.of(10, 1, 0, 1), '10.1.0.1/32'],
    ['IPv6', Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 'fd00::1/128'],
  ] as const) {
    it(`are silent about our own ${family} leases and their renewal, but not about their loss, nor that IPv6 ones are in place`, async () => {
      const events = listen();
      const list = [{ interfaceIndex, address, lifetimeSeconds: 60 }];
      rtnetlink.putAddresses(list);
      if (family === 'IPv6') {
        const [inPlace] = await eventually('word that the address is in place', () => {
          const seen = readAll(events).events;
          return seen.length > 0 ? seen : undefined;
        });
        assert.ok(inPlace?.type === 'address' && !inPlace.removed);
        assert.deepEqual(inPlace.address.address, address);
        assert.deepEqual(rtnetlink.routeTo(address)?.interfaceIndex, interfaceIndex);
      }
      await setTimeout(20); // the kernel counts in hundredths of a second, and tells a renewal by that
      rtnetlink.renewAddresses(list);
      assert.deepEqual(readAll(events).events, []);
      hosts.onA('address', 'del', text, 'dev', 'va');
      const [event, ...more] = readAll(events).events;
      assert.equal(more.length, 0);
      assert.ok(event?.type === 'address' && event.removed && event.address.ours);
      assert.deepEqual(event.address.address, address);
    });
  }

  it('mention routes only to those who asked', () => {
    const asked = listen({ routes: true });
    const not = listen();
    hosts.onA('route', 'add', '192.0.2.0/24', 'dev', 'va');
    assert.equal(readAll(asked).routes, true);
    assert.equal(readAll(not).routes, false);
  });

  it('of 2000 addresses at once all arrive, although nobody reads meanwhile', () => {
    const events = listen();
    burst('add', 2000);
    const { events: seen, overrun } = readAll(events);
    assert.deepEqual([seen.length, overrun], [2000, false]);
    burst('del', 2000);
  });

  it('that were lost are reported as an overrun, once, and later ones arrive', () => {
    const events = listen({ receiveBufferBytes: 4096 });
    burst('add', 500);
    const { events: seen, overrun } = readAll(events);
    assert.ok(overrun, 'the loss is told');
    assert.ok(seen.length < 500, `${seen.length} of 500 fit`);
    assert.equal(readAll(events).overrun, false);
    hosts.onA('address', 'add', '10.8.0.2/24', 'dev', 'va');
    assert.equal(readAll(events).events.length, 1);
    burst('del', 500);
  });
});
