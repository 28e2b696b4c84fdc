import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import {
  reflectorDiscriminator,
  seamlessPort,
  question as seamlessQuestion,
} from '../../../../src/core/bfd/seamless.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { stampOf } from '../../../../src/core/vrrp/stamps.js';
import { encodeArp } from '../../../../src/core/wire/arp.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { broadcastMac, multicastMac } from '../../../../src/core/wire/mac.js';
import {
  encodeArpProbe,
  encodeGratuitousArp,
  encodeNeighborSolicitation,
  encodeUnsolicitedNeighborAdvertisement,
} from '../../../../src/core/wire/neighbor-frame.js';
import { vrrpGroup } from '../../../../src/core/wire/vrrp.js';
import { encodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

/** Some seconds for all kinds; HOSTILE_FRAMES=1000000 takes minutes. */
const framesOfAKind = Number(process.env.HOSTILE_FRAMES ?? 100_000);
/** They take four times as long as frames. */
const datagramsOfAKind = framesOfAKind / 4;
const framesAtOnce = 100;
/** What an entry for each frame of a kind would take is 25 MB; other tests of this process and compiled code make for some noise. */
const allowed = 5_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const bytes = (text: string) => ipToBytes(parseIp(text)!);
const vip = bytes('192.0.2.100');
const vip6 = bytes('2001:db8::100');
/** Somebody whom nobody has seen before, for each number. */
const host = (n: number) => Uint8Array.of(10, n >> 16, n >> 8, n);
const host6 = (n: number) => Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n >> 16, n >> 8, n);
const mac = (n: number) => Uint8Array.of(2, 1, 0, n >> 16, n >> 8, n);

const advert = (
  n: number,
  o: { id?: number; priority?: number; family?: 4 | 6; source?: Uint8Array; to?: Uint8Array; signed?: boolean } = {},
) => {
  const { family = 4, id = 51, priority = 1 } = o;
  const hmac = (text: Uint8Array) => createHmac('sha256', `${n}`).update(text).digest();
  const signature = { stamp: { ...stampOf(1_790_000_000_000_000), keyId: n & 0xff }, hmac };
  return encodeAdvertFrame({
    advert: {
      version: 3,
      family,
      virtualRouterId: id,
      priority,
      interval: 10_000 * (1 + (n % 400)),
      addresses: family === 4 ? [vip] : [bytes('fe80::100'), vip6],
    },
    sourceMac: mac(n),
    destinationMac: multicastMac(vrrpGroup(family)),
    source: o.source ?? (family === 4 ? host(n) : host6(n)),
    destination: o.to ?? vrrpGroup(family),
    checksum: 'pseudo-header',
    ...(o.signed ? { signature } : {}),
  });
};

const key = { id: 1, key: createSecretKey(Buffer.alloc(32, 1)) };
const kinds: readonly [what: string, frame: (n: number) => Uint8Array, group?: Partial<GroupConfig>][] = [
  ['adverts in the name of a member whose address is unknown', (n) => advert(n), { absentUpTo: 254 }],
  ['such adverts by unicast', (n) => advert(n, { to: bytes('192.0.2.1') }), { absentUpTo: 254, transport: 'unicast' }],
  ['such adverts over IPv6', (n) => advert(n, { family: 6 }), { absentUpTo: 254, family: 6, addresses: [vip6] }],
  ['resignations in that name', (n) => advert(n, { priority: 0 }), { absentUpTo: 254 }],
  ['adverts of strangers', (n) => advert(n, { priority: n & 0xff })],
  ["adverts in a member's name", (n) => advert(n, { priority: n & 0xff, source: bytes('192.0.2.2') })],
  ['adverts in our own name', (n) => advert(n, { source: bytes('192.0.2.1') })],
  [
    'adverts of former and of other IDs',
    (n) => advert(n, { id: 1 + (n % 255) }),
    { absentUpTo: 254, formerIds: [7, 8] },
  ],
  [
    'adverts with wrong signatures',
    (n) => advert(n, { signed: true }),
    { absentUpTo: 254, authentication: { mode: 'permissive', window: 5, signing: key, accepted: [key] } },
  ],
  [
    'adverts of which every byte may be wrong',
    (n) => {
      const frame = advert(n);
      frame[14 + (n % (frame.length - 14))] = n >> 8;
      return frame;
    },
    { absentUpTo: 254 },
  ],
  [
    'claims to an address',
    (n) => encodeGratuitousArp({ kind: n & 1 ? 'request' : 'reply', mac: mac(n), address: vip }),
  ],
  ['claims to other addresses', (n) => encodeGratuitousArp({ kind: 'request', mac: mac(n), address: host(n) })],
  [
    'claims to the address of a member',
    (n) => encodeGratuitousArp({ kind: 'request', mac: mac(n), address: bytes('192.0.2.2') }),
  ],
  ['probes for an address', (n) => encodeArpProbe({ mac: mac(n), address: vip })],
  [
    'claims to an IPv6 address',
    (n) => encodeUnsolicitedNeighborAdvertisement({ mac: mac(n), address: vip6, router: false }),
    { family: 6, addresses: [vip6] },
  ],
  [
    'questions for an address',
    (n) =>
      encodeArp({
        operation: 'request',
        senderMac: mac(n),
        senderAddress: host(n),
        targetMac: new Uint8Array(6),
        targetAddress: n & 1 ? vip : host(n + 1),
        destinationMac: broadcastMac(),
      }),
    { answer: 'responder' },
  ],
  [
    'solicitations of an address',
    (n) => encodeNeighborSolicitation({ mac: mac(n), address: n & 1 ? vip6 : host6(n), source: host6(n + 1) }),
    { answer: 'responder', family: 6, addresses: [vip6] },
  ],
];

const question = (n: number) =>
  encodeControlPacket(
    seamlessQuestion({
      myDiscriminator: 1 + n,
      reflector: reflectorDiscriminator(bytes('192.0.2.1')),
      interval: 1_000 * (1 + (n % 50)),
      detectMult: 1 + (n % 255),
      wantsStream: true,
    }),
  );
const datagrams: readonly [what: string, from: number, payload: (n: number) => Uint8Array][] = [
  ['questions whether it lives, of a stranger', 3, question],
  ['questions whether it lives that ask for a stream, in the name of a member', 2, question],
  [
    'questions of which every byte may be wrong',
    2,
    (n) => {
      const payload = question(n);
      payload[n % payload.length] = n >> 8;
      return payload.subarray(0, n % 7 === 0 ? n % payload.length : payload.length);
    },
  ],
];

describe('the memory of an engine', function () {
  this.timeout(Math.max(60_000, framesOfAKind));

  for (const [what, frameOf, group] of kinds)
    it(`is not filled by ${framesOfAKind} forged ${what}`, () =>
      staysAsItIs(framesOfAKind, group, (_, leader) => (n) => leader.inject(frameOf(n))));

  for (const [what, from, payloadOf] of datagrams)
    it(`is not filled by ${datagramsOfAKind} ${what}`, () =>
      staysAsItIs(datagramsOfAKind, { fastDetection: { interval: 10_000, multiplier: 3 } }, (lan) => {
        const socket = lan.host(from).kernel.openDatagramSocket({
          family: 4,
          address: bytes(`192.0.2.${from}`),
          interface: { index: 2, name: 'eth0' },
          port: 0,
          remote: { address: bytes('192.0.2.1'), port: seamlessPort },
        });
        return (n) => socket.send(payloadOf(n));
      }));

  function staysAsItIs(
    count: number,
    group: Partial<GroupConfig> | undefined,
    senderOn: (lan: Lan, leader: LanHost) => (n: number) => unknown,
  ): void {
    const lan = createLan();
    const leader = lan.host(1);
    const send = senderOn(lan, leader);
    leader.engine().configure([groupOf([1, 2], 1, group)], []);
    lan.until(() => leader.state('web')?.state === 'Active');
    let n = 0;
    const flood = (frames: number) => {
      for (const end = n + frames; n < end; ) {
        for (const batch = n + framesAtOnce; n < batch; n++) send(n);
        lan.run(6_000);
        for (const seen of [leader.sent, leader.events, leader.work, lan.datagrams.sent]) seen.length = 0;
      }
    };
    const used = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed; // small buffers are in the heap, and others are freed some time after the collection
    };
    flood(5_000); // until the code is compiled and every bounded memory is full
    const before = used();
    flood(count);
    const grown = used() - before;
    assert.ok(grown < allowed, `${grown} bytes more`);
    const { drops, neighborDrops, bfdDrops = {}, counters } = leader.engine().report();
    const names = [drops, neighborDrops, bfdDrops, counters].flatMap((each) => Object.keys(each));
    assert.ok(names.length < 100, `${names.length} reasons`);
  }
});
