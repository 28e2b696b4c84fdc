import assert from 'node:assert/strict';
import { type Reception, receiveAdvert, receptionChecks } from '../../../../src/core/vrrp/receive.js';
import type { ReceivedAdvert } from '../../../../src/core/wire/vrrp-frame.js';
import { higherAddress, lowerAddress, ms, own } from './given.js';

const vip = Uint8Array.of(192, 0, 2, 100);
const otherVip = Uint8Array.of(192, 0, 2, 101);
const stranger = Uint8Array.of(192, 0, 2, 77);
const group = Uint8Array.of(224, 0, 0, 18);

const reception: Reception = {
  version: 3,
  family: 4,
  virtualRouterId: 51,
  priority: 100,
  advertisementInterval: ms(1000),
  addresses: [vip],
  ownSources: [own, Uint8Array.of(192, 0, 2, 12)],
  members: [higherAddress, lowerAddress],
  absentUpTo: 0,
  activeSource: undefined,
  transport: 'multicast',
  others: [higherAddress, lowerAddress],
};
const version2: Reception = { ...reception, version: 2 };

describe('a virtual router', () => {
  it('accepts an advert of a member', () => {
    assert.deepEqual(receiveAdvert(received(), reception), { ok: true, flags: [] });
  });

  it('does not exist for a VRID that is not configured', () => {
    assert.deepEqual(receiveAdvert(received(), undefined), { ok: false, reason: 'virtual-router-unknown' });
  });

  it('is not meant by an advert of another VRID or family', () => {
    for (const changes of [{ virtualRouterId: 52 }, { family: 6 }] as const) {
      const verdict = receiveAdvert(received({ advert: changes }), reception);
      assert.deepEqual(verdict, { ok: false, reason: 'virtual-router-unknown' });
    }
  });

  it('is not meant by a frame of a VLAN whose tag is still in it', () => {
    assert.deepEqual(receiveAdvert(received({ vlan: 12 }), reception), { ok: false, reason: 'vlan' });
  });

  it('drops an advert of the version it does not speak', () => {
    drops(received({ advert: { version: 2 } }), reception, 'version-mismatch');
    drops(received(), version2, 'version-mismatch');
  });

  it('drops what comes from any address of its own', () => {
    for (const source of reception.ownSources) drops(received({ source }), reception, 'own-source');
  });

  it('believes while it is a newcomer that an unknown sender resigns, and nothing else of it', () => {
    const newcomer = { ...reception, stage: 'newcomer' } as const;
    assert.ok(receiveAdvert(received({ source: stranger, advert: { priority: 0 } }), newcomer).ok);
    for (const priority of [1, 254, 255])
      drops(received({ source: stranger, advert: { priority } }), newcomer, 'stranger');
  });

  it('believes once it leaves that an unknown sender leads, and not that it resigns', () => {
    const leaver = { ...reception, stage: 'leaver' } as const;
    assert.ok(receiveAdvert(received({ source: stranger, advert: { priority: 1 } }), leaver).ok);
    drops(received({ source: stranger, advert: { priority: 0 } }), leaver, 'stranger');
  });

  it('drops the adverts of strangers, whatever their priority', () => {
    for (const priority of [0, 1, 255])
      drops(received({ source: stranger, advert: { priority } }), reception, 'stranger');
  });

  it('drops everybody when it is the only member', () => {
    drops(received(), { ...reception, members: [] }, 'stranger');
  });

  it('believes an unknown sender up to the priority of the member whose address is unknown, and says so', () => {
    const absent = { ...reception, absentUpTo: 214 };
    for (const priority of [1, 214]) {
      const verdict = receiveAdvert(received({ source: stranger, advert: { priority } }), absent);
      assert.deepEqual(verdict, { ok: true, flags: ['untrusted'] });
    }
    for (const priority of [215, 254, 255])
      drops(received({ source: stranger, advert: { priority } }), absent, 'stranger');
    assert.deepEqual(receiveAdvert(received({ advert: { priority: 255 } }), absent), { ok: true, flags: [] });
  });

  for (const [who, absentUpTo] of [
    ['may be the member whose address is unknown', 214],
    ['was a member', 0],
  ] as const)
    it(`believes that a sender that ${who} resigns only where it led`, () => {
      const resignation = received({ source: stranger, advert: { priority: 0 } });
      const changed = { ...reception, absentUpTo };
      drops(resignation, changed, 'stranger');
      drops(resignation, { ...changed, activeSource: higherAddress }, 'stranger');
      assert.ok(receiveAdvert(resignation, { ...changed, activeSource: stranger }).ok);
    });

  it('does not believe that a former member leads, also where it did', () => {
    for (const priority of [1, 254, 255])
      drops(received({ source: stranger, advert: { priority } }), { ...reception, activeSource: stranger }, 'stranger');
  });

  it('drops multicast where unicast is configured, and the reverse', () => {
    const unicast: Reception = { ...reception, transport: 'unicast' };
    drops(received(), unicast, 'transport');
    drops(received({ destination: own }), reception, 'transport');
    assert.ok(receiveAdvert(received({ destination: own }), unicast).ok);
  });

  it('leaves what is sent to another member to that one, and takes what is sent to no member it knows', () => {
    const unicast: Reception = { ...reception, transport: 'unicast' };
    drops(received({ destination: lowerAddress }), unicast, 'other-destination');
    for (const ours of reception.ownSources) assert.ok(receiveAdvert(received({ destination: ours }), unicast).ok);
    assert.ok(receiveAdvert(received({ destination: stranger }), unicast).ok, 'an address that we had a moment ago');
    const both = { ...unicast, others: [own, lowerAddress] };
    assert.ok(receiveAdvert(received({ destination: own }), both).ok, 'our own, whatever else is said of it');
  });

  it('knows multicast over IPv6 too', () => {
    const over6 = received({
      advert: { family: 6 },
      destination: Uint8Array.of(0xff, 2, ...new Array(13).fill(0), 0x12),
    });
    assert.ok(receiveAdvert(over6, { ...reception, family: 6 }).ok);
    drops(over6, { ...reception, family: 6, transport: 'unicast' }, 'transport');
  });

  it('accepts another interval in version 3, and says so', () => {
    const verdict = receiveAdvert(received({ advert: { interval: ms(2000) } }), reception);
    assert.deepEqual(verdict, { ok: true, flags: ['interval-mismatch'] });
  });

  it('drops another interval in version 2', () => {
    drops(received({ advert: { version: 2, interval: ms(2000) } }), version2, 'interval-mismatch');
    assert.ok(receiveAdvert(received({ advert: { version: 2 } }), version2).ok);
  });

  it('accepts another list of addresses in version 3, and says so', () => {
    for (const addresses of [[otherVip], [vip, otherVip], []]) {
      const verdict = receiveAdvert(received({ advert: { addresses } }), reception);
      assert.deepEqual(verdict, { ok: true, flags: ['address-list'] });
    }
  });

  it('does not care for the order of addresses', () => {
    const both = received({ advert: { addresses: [otherVip, vip] } });
    assert.deepEqual(receiveAdvert(both, { ...reception, addresses: [vip, otherVip] }), { ok: true, flags: [] });
  });

  it('accepts another list of addresses in version 2, too, and says so', () => {
    for (const priority of [100, 255]) {
      const advert = received({ advert: { version: 2, priority, addresses: [otherVip] } });
      assert.deepEqual(receiveAdvert(advert, version2), { ok: true, flags: ['address-list'] });
    }
  });

  it('that owns its addresses accepts the claim of another and says so', () => {
    const verdict = receiveAdvert(received({ advert: { priority: 255 } }), { ...reception, priority: 255 });
    assert.deepEqual(verdict, { ok: true, flags: ['second-owner'] });
  });
});

describe('the checks of reception', () => {
  // Each breaks its own check and every later one, so that the earliest must win.
  const worst: readonly (readonly [string, ReceivedAdvert, Reception])[] = [
    [
      'vlan',
      received({ vlan: 3, advert: { virtualRouterId: 9, version: 2 }, source: own, destination: own }),
      reception,
    ],
    ['virtual-router-unknown', received({ advert: { virtualRouterId: 9, version: 2 }, source: own }), reception],
    ['version-mismatch', received({ source: own, destination: own }), version2],
    ['own-source', received(bad({ source: own })), version2],
    ['stranger', received(bad({ source: stranger })), version2],
    ['transport', received(bad({})), version2],
    ['other-destination', received({ ...bad({}), destination: lowerAddress }), { ...version2, transport: 'unicast' }],
    ['interval-mismatch', received({ ...bad({}), destination: group }), version2],
  ];
  for (const [reason, advert, by] of worst) {
    it(`name the earliest fault: ${reason}`, () => {
      drops(advert, by, reason);
    });
  }

  it('each name their clause', () => {
    const covered = worst.map(([reason]) => reason).slice(2);
    assert.deepEqual(
      receptionChecks.map((check) => check.reason),
      covered,
    );
    for (const { clause } of receptionChecks) assert.match(clause, /RFC|keepalived|this product/);
  });
});

type Changes = Partial<Omit<ReceivedAdvert, 'advert'>> & { advert?: Partial<ReceivedAdvert['advert']> };

function bad(changes: Changes): Changes {
  return { destination: own, advert: { version: 2, interval: ms(2000), addresses: [otherVip] }, ...changes };
}

function received(changes: Changes = {}): ReceivedAdvert {
  const { advert, ...rest } = changes;
  return {
    advert: {
      version: 3,
      family: 4,
      virtualRouterId: 51,
      priority: 120,
      interval: ms(1000),
      addresses: [vip],
      ...advert,
    },
    source: higherAddress,
    destination: group,
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 0x12),
    vlan: 0,
    checksumForm: 'message',
    ...rest,
  };
}

function drops(advert: ReceivedAdvert, by: Reception, reason: string): void {
  assert.deepEqual(receiveAdvert(advert, by), { ok: false, reason });
}
