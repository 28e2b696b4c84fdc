import assert from 'node:assert/strict';
import {
  advertisingRouter,
  closeNetwork,
  type NetworkSockets,
  networkDeadline,
  networkTurn,
  openNetwork,
  setInterest,
} from '../../../../../../src/agent/engine/routing/locate/network.js';
import type { Micros } from '../../../../../../src/core/time.js';
import { encodeBareAdvertisement, encodeRouterSolicitation } from '../../../../../../src/core/wire/router-discovery.js';
import type { Icmpv6Message } from '../../../../../../src/platform/linux/icmpv6-socket.js';
import type { Poller } from '../../../../../../src/platform/linux/poller.js';
import type { NetworkEvent, NetworkNews } from '../../../../../../src/platform/linux/rtnetlink-events.js';
import { ip, seconds } from '../../../../core/bgp/given.js';

const [eventsFd, icmpFd] = [5, 6];
const first = ip('fe80::1');
const second = ip('fe80::2');

/** A network whose one NIC, eth0, and whose kernel are the test's. */
function open() {
  const kernel = {
    now: seconds(100),
    incoming: [] as Icmpv6Message[],
    sent: [] as number[],
    events: [] as NetworkEvent[],
    ready: new Map<number, () => void>(),
    closed: [] as number[],
  };
  const poller = {
    add: (fd: number, onReady: () => void) => void kernel.ready.set(fd, onReady),
    remove: (fd: number) => void kernel.ready.delete(fd),
  } as unknown as Poller;
  const eth0 = { index: 2, name: 'eth0', running: true };
  const rtnetlink = {
    link: ({ name }: { name?: string }) => (name === 'eth0' ? eth0 : undefined),
    links: () => [eth0],
    addresses: () => [],
    defaultRoute: () => undefined,
  } as unknown as Parameters<typeof openNetwork>[2];
  const sockets: NetworkSockets = {
    events: () => ({
      fd: eventsFd,
      read: (): NetworkNews => ({ events: kernel.events.splice(0), routes: false, overrun: false, more: false }),
      close: () => void kernel.closed.push(eventsFd),
    }),
    icmpv6: () => ({
      fd: icmpFd,
      receive: () => kernel.incoming.shift(),
      send(payload) {
        kernel.sent.push(payload[0]!);
        return 0;
      },
      close: () => void kernel.closed.push(icmpFd),
    }),
  };
  const told: string[] = [];
  const network = openNetwork(
    poller,
    () => kernel.now,
    rtnetlink,
    (change) => void told.push(change),
    sockets,
  );
  setInterest(network, { interfaces: ['eth0'], defaultGateways: [] });
  const router = () => advertisingRouter(network, 'eth0');
  return { kernel, network, told, router };
}

type Opened = ReturnType<typeof open>;

/** Advertisements of these arrive, as many as are read in a turn. */
function advertise({ kernel }: Opened, ...sources: readonly Uint8Array[]): void {
  const payload = encodeBareAdvertisement();
  kernel.incoming.push(...sources.map((source) => ({ payload, source, hopLimit: 255 })));
  kernel.ready.get(icmpFd)!();
}

/** Turns are taken when they are due. */
function pass({ kernel, network }: Opened, duration: Micros): void {
  const end = kernel.now + duration;
  for (let due = networkDeadline(network); due <= end; due = networkDeadline(network)) {
    kernel.now = Math.max(kernel.now, due);
    networkTurn(network);
  }
  kernel.now = end;
}

function linkIs({ kernel }: Opened, running: boolean): void {
  const link = { index: 2, name: 'eth0', running } as Extract<NetworkEvent, { type: 'link' }>['link'];
  kernel.events.push({ type: 'link', removed: false, link });
  kernel.ready.get(eventsFd)!();
}

describe('the router of a NIC', () => {
  it('is whoever is heard first, which is told within 200 ms', () => {
    const lab = open();
    advertise(lab, first);
    assert.deepEqual([lab.router(), lab.told], [first, []]);
    pass(lab, 200_000);
    assert.deepEqual(lab.told, ['changed']);
  });

  it('stays the same while others advertise themselves, forged or not, and nothing is told of those', () => {
    const lab = open();
    advertise(lab, first);
    pass(lab, seconds(1));
    for (let second = 0; second < 120; second++) {
      if (second % 10 === 0) advertise(lab, first);
      for (let turn = 0; turn < 10; turn++) {
        const forged = Array.from({ length: 16 }, (_, at) =>
          Uint8Array.of(0xfe, 0x80, ...new Array(12).fill(at), second, turn),
        );
        advertise(lab, ...forged);
        pass(lab, 100_000);
      }
    }
    assert.deepEqual([lab.router(), lab.told], [first, ['changed']]);
  });

  it('is another once it has been silent for 30 s, whatever lifetime it had', () => {
    const lab = open();
    advertise(lab, first);
    pass(lab, seconds(30) - 1);
    advertise(lab, second);
    assert.deepEqual(lab.router(), first);
    pass(lab, 1);
    assert.deepEqual(lab.router(), first, 'nobody else was heard since');
    advertise(lab, second);
    assert.deepEqual(lab.router(), second);
    pass(lab, seconds(1));
    assert.deepEqual(lab.told, ['changed', 'changed']);
  });

  it('may be another at once when the NIC has lost its link', () => {
    const lab = open();
    advertise(lab, first);
    linkIs(lab, false);
    assert.deepEqual(lab.router(), first);
    linkIs(lab, true);
    advertise(lab, second);
    assert.deepEqual(lab.router(), second);
    pass(lab, seconds(1));
    assert.deepEqual(lab.told, ['up']);
  });

  it('is none that is farther away than the link, or not of it', () => {
    const lab = open();
    lab.kernel.incoming.push({ payload: encodeBareAdvertisement(), source: first, hopLimit: 254 });
    advertise(lab, ip('2001:db8::1'));
    assert.equal(lab.router(), undefined);
  });
});

describe('a NIC whose router is looked for', () => {
  const [solicitation, advertisement] = [133, 134];

  it('is where this node advertises itself every 10 s, and asks for routers until there is one', () => {
    const lab = open();
    pass(lab, seconds(10));
    assert.deepEqual(lab.kernel.sent, [advertisement, solicitation, advertisement, solicitation]);
    advertise(lab, first);
    pass(lab, seconds(10));
    assert.deepEqual(lab.kernel.sent.slice(4), [advertisement]);
  });

  it('answers solicitations, three seconds after the last answer at the soonest', () => {
    const lab = open();
    pass(lab, seconds(1));
    const sent = lab.kernel.sent.length;
    lab.kernel.incoming.push({ payload: encodeRouterSolicitation(), source: first, hopLimit: 255 });
    lab.kernel.ready.get(icmpFd)!();
    pass(lab, seconds(2) - 1);
    assert.equal(lab.kernel.sent.length, sent);
    pass(lab, 1);
    assert.equal(lab.kernel.sent[sent], advertisement);
  });

  it('is left alone once nobody asks, and at the end', () => {
    const lab = open();
    setInterest(lab.network, { interfaces: [], defaultGateways: [] });
    assert.deepEqual([lab.kernel.closed, lab.kernel.ready.has(icmpFd)], [[icmpFd], false]);
    closeNetwork(lab.network);
    assert.deepEqual(lab.kernel.closed, [icmpFd, eventsFd]);
  });
});
