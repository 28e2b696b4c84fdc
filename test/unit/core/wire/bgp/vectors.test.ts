import assert from 'node:assert/strict';
import type { Capability } from '../../../../../src/core/wire/bgp/capabilities.js';
import { encodeKeepalive, type Message } from '../../../../../src/core/wire/bgp/message.js';
import {
  ceaseWithText,
  encodeNotification,
  hardReset,
  notificationOf,
} from '../../../../../src/core/wire/bgp/notification.js';
import { encodeOpen, type Open } from '../../../../../src/core/wire/bgp/open.js';
import type { PathAttributes } from '../../../../../src/core/wire/bgp/path-attributes.js';
import { encodeRouteRefresh, type RouteRefresh } from '../../../../../src/core/wire/bgp/route-refresh.js';
import type { Update } from '../../../../../src/core/wire/bgp/update.js';
import {
  encodeAnnouncements,
  encodeEndOfRib,
  encodeWithdrawals,
} from '../../../../../src/core/wire/bgp/update-packing.js';
import { fromHex, readVector, toHex, vectorNames } from '../../../../vectors/vector.js';
import { as, ip, nextHop4, nextHop6, own, prefix, read, vip4, vip6 } from './given.js';

interface Case {
  readonly message: Message;
  /** Absent for what others sent, in a form in which this speaker sends nothing. */
  readonly written?: Uint8Array;
}

const mp4: Capability = { type: 'multiprotocol', afi: 1, safi: 1 };
const mp6: Capability = { type: 'multiprotocol', afi: 2, safi: 1 };
const refresh: Capability = { type: 'route-refresh' };
const nextHops: Capability = { type: 'extended-next-hop', families: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };
const enhanced: Capability = { type: 'enhanced-route-refresh' };
const restart: Capability = {
  type: 'graceful-restart',
  restarted: false,
  notification: true,
  restartTime: 120,
  families: [
    { afi: 1, safi: 1, forwarding: true },
    { afi: 2, safi: 1, forwarding: true },
  ],
};
const fourOctetAs: Capability = { type: 'four-octet-as', as };
const unknown = (code: number, hex = ''): Capability => ({ type: 'unknown', code, value: fromHex(hex) });

const open: Open = {
  type: 'open',
  as: 23456,
  holdTime: 9,
  identifier: 0xc000_020b,
  capabilities: [mp4, mp6, refresh, nextHops, restart, fourOctetAs, enhanced],
};
const restarted: Open = {
  ...open,
  capabilities: [mp4, mp6, refresh, { ...restart, restarted: true }, fourOctetAs],
};
const router: Open = { ...open, as: 65000, identifier: 0x0a00_0001 };
const routerAs: Capability = { type: 'four-octet-as', as: 65000 };
const frr: Open = {
  ...router,
  capabilities: [
    mp4,
    mp6,
    unknown(128),
    refresh,
    enhanced,
    routerAs,
    unknown(6),
    unknown(69, '0001010100020101'),
    unknown(73, '017200'),
    { ...restart, restarted: true, families: [] },
    unknown(71, '0001018000000000020180000000'),
  ],
};
const bird: Open = {
  ...router,
  capabilities: [
    mp4,
    mp6,
    refresh,
    nextHops,
    { ...restart, notification: false, families: [] },
    routerAs,
    enhanced,
    unknown(71),
  ],
};

const marked: PathAttributes = {
  ...own,
  communities: [0xfc00_0064, 0xffff_0000],
  largeCommunities: [[as, 1, 2]],
};
const aggregate: PathAttributes = { ...own, atomicAggregate: true, aggregator: { as, address: nextHop4 } };
const internal: PathAttributes = { origin: 'igp', asPath: [], localPref: 100 };
const bothNextHops = Uint8Array.of(...nextHop6, ...ip('fe80::11'));
const network = prefix('198.51.100.0/24');
const vip4b = prefix('198.51.100.11/32');

const shutdown = ceaseWithText('administrative-shutdown', 'node drain');
const hard = hardReset(ceaseWithText('administrative-shutdown', 'bye'));
const unsupported = notificationOf('capability', fromHex('0506000100010002'));
const bfdDown = notificationOf('bfd-down');
const refresh4: RouteRefresh = { type: 'route-refresh', afi: 1, safi: 1, subtype: 0 };
const begin6: RouteRefresh = { type: 'route-refresh', afi: 2, safi: 1, subtype: 1 };

const announced = (attributes: PathAttributes, nextHop: Uint8Array, ...prefixes: Update['withdrawn']): Case => ({
  message: { type: 'update', withdrawn: [], reach: [{ nextHop, prefixes }], attributes, faults: [] },
  written: only(encodeAnnouncements(prefixes, nextHop, attributes, true)),
});
const withdrawn = (multiprotocol: boolean, ...prefixes: Update['withdrawn']): Case => ({
  message: { type: 'update', withdrawn: prefixes, reach: [], attributes: {}, faults: [] },
  written: only(encodeWithdrawals(prefixes, multiprotocol)),
});
const endOfRib = (family: 4 | 6): Case => ({
  message: { type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib: family, faults: [] },
  written: encodeEndOfRib(family),
});

const cases: Readonly<Record<string, Case>> = {
  open: { message: open, written: encodeOpen(open) },
  'open-restarted': { message: restarted, written: encodeOpen(restarted) },
  'open-frr': { message: frr },
  'open-bird': { message: bird, written: encodeOpen(bird) },
  'update-ipv4': announced(marked, nextHop4, vip4),
  'update-ipv6': announced(own, nextHop6, vip6),
  'update-ipv4-over-ipv6': announced(own, bothNextHops, vip4),
  'update-internal': announced(internal, nextHop4, vip4),
  'update-aggregate': announced(aggregate, nextHop4, network),
  'withdraw-ipv4': withdrawn(false, vip4, vip4b),
  'withdraw-ipv6': withdrawn(true, vip6),
  'withdraw-ipv4-multiprotocol': withdrawn(true, vip4),
  'end-of-rib-ipv4': endOfRib(4),
  'end-of-rib-ipv6': endOfRib(6),
  keepalive: { message: { type: 'keepalive' }, written: encodeKeepalive() },
  'notification-shutdown': { message: shutdown, written: encodeNotification(shutdown) },
  'notification-hard-reset': { message: hard, written: encodeNotification(hard) },
  'notification-capability': { message: unsupported, written: encodeNotification(unsupported) },
  'notification-bfd-down': { message: bfdDown, written: encodeNotification(bfdDown) },
  'refresh-ipv4': { message: refresh4, written: encodeRouteRefresh(refresh4) },
  'refresh-begin-ipv6': { message: begin6, written: encodeRouteRefresh(begin6) },
};

describe('a BGP message', () => {
  for (const [name, { message, written }] of Object.entries(cases)) {
    const { title, bytes } = readVector(`bgp/${name}`);

    it(`is read from ${title}`, () => {
      // LOCAL_PREF has a say within an AS only.
      assert.deepEqual(read(bytes, { external: name !== 'update-internal' }), message);
    });

    if (written) {
      it(`is written as ${title}`, () => assert.equal(toHex(written), toHex(bytes)));
    }
  }

  it('of every vector is among them', () => {
    assert.deepEqual(
      Object.keys(cases)
        .map((name) => `bgp/${name}`)
        .sort(),
      vectorNames('bgp'),
    );
  });

  it('shares no memory with the octets it is read from', () => {
    for (const name of vectorNames('bgp')) {
      const { bytes } = readVector(name);
      const before = read(bytes.slice(), { external: false });
      const message = read(bytes, { external: false });
      bytes.fill(0xa5);
      assert.deepEqual(message, before, name);
    }
  });
});

function only(messages: readonly Uint8Array[]): Uint8Array {
  assert.equal(messages.length, 1);
  return messages[0]!;
}
