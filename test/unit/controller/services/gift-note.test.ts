import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Gift, gave, regained, uselessGifts } from '../../../../src/controller/services/exchange.js';
import { giftNote, notedGift } from '../../../../src/controller/services/gift-note.js';
import { formatIp, type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { exclusionsFrom } from '../../../../src/core/ipam/exclusions.js';

const ip = (text: string): IpAddress => parseIp(text)!;
const [first, second, other] = [ip('192.0.2.10'), ip('fd00::a'), ip('192.0.2.20')];
const wall = Date.parse('2026-01-02T03:04:05Z');
const gift = (more: Partial<Gift> = {}): Gift => ({
  addresses: [first, second],
  at: 5_000,
  exchanges: 3,
  due: false,
  former: [],
  ...more,
});

describe('the note of what is new to a Service', () => {
  it('says which addresses, since when, and how many exchanges led to them, to a controller with another clock', () => {
    const note = giftNote(gift(), [first, second, other], { now: 7_000, wall });
    assert.deepEqual(JSON.parse(note!), {
      addresses: ['192.0.2.10', 'fd00::a'],
      at: '2026-01-02T03:04:03.000Z',
      exchanges: 3,
    });
    assert.deepEqual(notedGift(note, [second, first], { now: 100_000, wall: wall + 1_000 }), {
      addresses: [first, second],
      at: 97_000,
      exchanges: 3,
    });
  });

  it('is none where the Service has none of them, or nothing was new', () => {
    assert.equal(giftNote(gift(), [other], { now: 7_000, wall }), undefined);
    assert.equal(giftNote(undefined, [first], { now: 7_000, wall }), undefined);
    const note = giftNote(gift(), [first, second], { now: 7_000, wall });
    assert.deepEqual(notedGift(note, [second], { now: 0, wall })?.addresses, [second]);
    assert.equal(notedGift(note, [other], { now: 0, wall }), undefined);
  });

  it('was not written later than now, whatever the clocks say', () => {
    const note = giftNote(gift(), [first], { now: 5_000, wall: wall + 3_600_000 });
    assert.equal(notedGift(note, [first], { now: 0, wall })?.at, 0);
  });

  it('is nothing when somebody spoilt it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(notedGift(text, [first], { now: 0, wall }), undefined);
      }),
    );
    const said = { addresses: ['192.0.2.10'], at: '2026-01-02T03:04:05Z', exchanges: 0 };
    assert.ok(notedGift(JSON.stringify(said), [first], { now: 0, wall }));
    for (const wrong of [{ addresses: '192.0.2.10' }, { at: 'now' }, { exchanges: -1 }, { exchanges: '1' }]) {
      assert.equal(notedGift(JSON.stringify({ ...said, ...wrong }), [first], { now: 0, wall }), undefined);
    }
  });
});

describe('a controller that comes after the one that gave an address', () => {
  const { family, value } = first;
  const exclusions = exclusionsFrom([{ range: { family, first: value, last: value }, kind: 'host', what: 'x' }]);
  const notHeld = [{ address: '192.0.2.10', reason: 'AnsweredElsewhere', neverHeld: true }];
  const groupWith = () => ({ metadata: { name: 'g' }, spec: {}, status: { notHeld } }) as never;
  const look = (foundAt: number | undefined, now: number, exchanges = 0) => {
    const gifts = new Map<string, Gift>();
    regained(gifts, 'u', { addresses: [first], at: 1_000, exchanges }, () => foundAt, now);
    const lookAt = (at: number) => uselessGifts(gifts, 'u', { groupWith, exclusions }, at);
    const { pauseMs } = lookAt(now);
    const { addresses } = lookAt(now + pauseMs);
    gave(gifts, 'u', [other], addresses, now + pauseMs);
    return { addresses: addresses.map(formatIp), pauseMs, exchanges: gifts.get('u')!.exchanges };
  };

  it('exchanges it within a minute, and goes on counting', () => {
    assert.deepEqual(look(undefined, 61_000), { addresses: ['192.0.2.10'], pauseMs: 0, exchanges: 1 });
    assert.deepEqual(look(undefined, 2_000, 3), { addresses: ['192.0.2.10'], pauseMs: 3_000, exchanges: 4 });
    assert.deepEqual(look(undefined, 2_000, 7), { addresses: [], pauseMs: 0, exchanges: 0 });
  });

  it('exchanges it later where it was found in time, and waits for another since', () => {
    assert.deepEqual(look(61_000, 3_000_000), { addresses: ['192.0.2.10'], pauseMs: 0, exchanges: 1 });
  });

  it('lets it stay where it was found later than a minute', () => {
    assert.deepEqual(look(undefined, 61_001), { addresses: [], pauseMs: 0, exchanges: 0 });
    assert.deepEqual(look(61_001, 61_002), { addresses: [], pauseMs: 0, exchanges: 0 });
  });
});
