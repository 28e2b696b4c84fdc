import assert from 'node:assert/strict';
import type { AdvertFrames } from '../../../../../src/agent/engine/election/advert-frames.js';
import type { Member } from '../../../../../src/agent/engine/election/member.js';
import { createNextHops, type NextHops } from '../../../../../src/agent/engine/election/next-hops.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const nicIndex = 2;
const router = bytes('192.0.2.254');
const near = bytes('192.0.2.2');
const far = bytes('198.51.100.2');
const linkLocal = bytes('fe80::2');
const mac = (last: number) => Uint8Array.of(2, 0, 0, 0, 0, last);

describe('the way to a member', () => {
  let table: Map<string, Uint8Array>;
  let used: string[];
  let forgotten: number;
  let members: Map<string, Member>;
  let hops: NextHops;

  const memberWith = (peers: readonly Uint8Array[]) => {
    const frames: AdvertFrames = { of: () => [], forget: () => void forgotten++ };
    const binding = { nic: { index: nicIndex }, frames: new Map([[51, frames]]) };
    return { config: { transport: 'unicast', peers }, phase: { type: 'taking-part', binding } } as unknown as Member;
  };

  beforeEach(() => {
    table = new Map();
    used = [];
    forgotten = 0;
    members = new Map([['web', memberWith([near, far, linkLocal])]]);
    const name = (address: Uint8Array) => formatIp(ipFromBytes(address));
    hops = createNextHops({
      rtnetlink: {
        routeTo: (ip, interfaceIndex) => ({
          interfaceIndex: interfaceIndex ?? 1,
          ...(ip === far ? { gateway: router } : {}),
        }),
        neighborMac: ({ interfaceIndex, address }) => table.get(`${interfaceIndex} ${name(address)}`),
        useNeighbor: ({ interfaceIndex, address }) => void used.push(`${interfaceIndex} ${name(address)}`),
      },
      members,
    });
    hops.want(nicIndex, [near, far, linkLocal]);
  });

  it('is its own MAC on the link, and that of the router beyond it', () => {
    hops.work(0);
    assert.deepEqual(used, ['2 192.0.2.2', '2 192.0.2.254', '2 fe80::2']);
    table.set('2 192.0.2.2', mac(2)).set('2 192.0.2.254', mac(0xfe)).set('2 fe80::2', mac(6));
    hops.work(5 * ms);
    assert.deepEqual(
      [near, far, linkLocal].map((peer) => hops.macTowards(nicIndex, peer)),
      [mac(2), mac(0xfe), mac(6)],
    );
    assert.equal(hops.macTowards(3, near), undefined, 'on another NIC');
  });

  it('is never the MAC of a virtual router on the link, which whoever leads has; a router beyond it may have one', () => {
    const virtual = (family: number) => Uint8Array.of(0, 0, 0x5e, 0, family, 12);
    table.set('2 192.0.2.2', virtual(1)).set('2 192.0.2.254', virtual(1)).set('2 fe80::2', virtual(2));
    hops.work(0);
    assert.deepEqual(
      [near, far, linkLocal].map((peer) => hops.macTowards(nicIndex, peer)),
      [undefined, virtual(1), undefined],
    );
    table.set('2 192.0.2.2', mac(2));
    hops.work(5 * ms);
    assert.deepEqual(hops.macTowards(nicIndex, near), mac(2));
  });

  it('is looked for ever more rarely while nobody answers, but often enough for one that comes back', () => {
    const looks: number[] = [];
    for (let now = 0; now < 3 * second; now = Math.max(now + 1, hops.deadline())) {
      used = [];
      hops.work(now);
      if (used.includes('2 192.0.2.2')) looks.push(now);
    }
    const pauses = looks.slice(1).map((at, index) => at - looks[index]!);
    assert.deepEqual(
      pauses.slice(0, 7),
      [5, 10, 20, 40, 80, 160, 250].map((each) => each * ms),
    );
    assert.ok(pauses.slice(7).every((pause) => pause === 250 * ms));
  });

  it('is made sure of every second, and frames are made anew only when it is another', () => {
    table.set('2 192.0.2.2', mac(2)).set('2 192.0.2.254', mac(0xfe)).set('2 fe80::2', mac(6));
    hops.work(0);
    assert.equal(forgotten, 3);
    assert.equal(hops.deadline(), 1 * second);
    used = [];
    hops.work(1 * second);
    assert.equal(used.length, 3);
    assert.equal(forgotten, 3);
    table.set('2 192.0.2.2', mac(7));
    hops.work(2 * second);
    assert.equal(forgotten, 4);
    assert.deepEqual(hops.macTowards(nicIndex, near), mac(7));
  });

  it('is looked at anew at once when something changes about the NIC', () => {
    table.set('2 192.0.2.2', mac(2));
    hops.work(0);
    table.set('2 192.0.2.2', mac(7));
    hops.want(nicIndex, [near]);
    assert.equal(hops.deadline(), 0);
    hops.work(1);
    assert.deepEqual(hops.macTowards(nicIndex, near), mac(7));
  });

  it('is not looked for any more once no group has the member', () => {
    hops.work(0);
    members.set('web', memberWith([far]));
    used = [];
    hops.work(1 * second);
    assert.deepEqual(used, ['2 192.0.2.254']);
    members.clear();
    hops.work(2 * second);
    assert.equal(hops.deadline(), Number.POSITIVE_INFINITY);
  });

  it('is looked for a few at a time, so that adverts find their turn in between', () => {
    const many = Array.from({ length: 40 }, (_, index) => Uint8Array.of(192, 0, 2, 100 + index));
    members.set('web', memberWith(many));
    hops.want(nicIndex, many);
    hops.work(0);
    assert.ok(used.length <= 16, `${used.length}`);
    while (hops.deadline() <= 0) hops.work(0);
    assert.equal(new Set(used).size, 40);
  });
});
