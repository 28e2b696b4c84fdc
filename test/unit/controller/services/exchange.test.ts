import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { type Gifts, gave, uselessGifts, wasHeld } from '../../../../src/controller/services/exchange.js';
import { formatIp, type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { type ExclusionKind, exclusionsFrom } from '../../../../src/core/ipam/exclusions.js';

const ip = (text: string): IpAddress => parseIp(text)!;
const address = ip('192.0.2.10');

/** What is to be exchanged, by what the group's leader says. */
function look(gifts: Gifts, now: number, entry?: object, kind: ExclusionKind = 'host') {
  const notHeld = entry === undefined ? [] : [{ address: '192.0.2.10', ...entry }];
  const group = { metadata: { name: 'g' }, spec: {}, status: { notHeld } } as unknown as VipGroup;
  const { family, value } = address;
  const exclusions = exclusionsFrom([{ range: { family, first: value, last: value }, kind, what: 'x' }]);
  const groupWith = (text: string) => (text === '192.0.2.10' ? group : undefined);
  const { addresses, pauseMs } = uselessGifts(gifts, 'u', { groupWith, exclusions }, now);
  return { addresses: addresses.map(formatIp), pauseMs };
}
const taken = { reason: 'AnsweredElsewhere', neverHeld: true };
const nothing = { addresses: [], pauseMs: 0 };
const now = { addresses: ['192.0.2.10'], pauseMs: 0 };

describe('an address that a Service was given', () => {
  let gifts: Gifts;
  beforeEach(() => {
    gifts = new Map();
    gave(gifts, 'u', [address], [], 1_000);
  });

  it('is exchanged when another host had it before anybody held it', () => {
    assert.deepEqual(look(gifts, 1_500), nothing);
    assert.deepEqual(look(gifts, 1_500, taken), now);
  });

  it('stays when it was held, when the kernel refuses it, and when it is a node’s', () => {
    assert.deepEqual(look(gifts, 1_500, { reason: 'AnsweredElsewhere' }), nothing);
    assert.deepEqual(look(gifts, 1_500, { reason: 'Refused', neverHeld: true }), nothing);
    assert.deepEqual(look(gifts, 1_500, taken, 'node'), nothing);
  });

  it('stays when somebody was seen to hold it, whatever an agent says that has just started', () => {
    wasHeld(gifts, 'u', '192.0.2.11');
    wasHeld(gifts, 'other', '192.0.2.10');
    assert.deepEqual(look(gifts, 1_500, taken), now);
    wasHeld(gifts, 'u', '192.0.2.10');
    assert.deepEqual(look(gifts, 1_500, taken), nothing);
  });

  it('stays when that comes out a minute later, or nothing says that it is new', () => {
    assert.deepEqual(look(gifts, 61_001, taken), nothing);
    assert.deepEqual(look(new Map(), 1_500, taken), nothing);
  });

  it('waits for another for as long as it takes, and stays once it is held', () => {
    assert.deepEqual(look(gifts, 1_500, taken), now);
    assert.deepEqual(look(gifts, 3_600_000, taken), now);
    assert.deepEqual(look(gifts, 3_600_001), nothing);
    assert.deepEqual(look(gifts, 3_600_002, taken), nothing);
  });

  it('is not what it was exchanged for again, while the write of that is on its way', () => {
    assert.deepEqual(look(gifts, 1_500, taken), now);
    gave(gifts, 'u', [ip('192.0.2.11')], [address], 1_500);
    gave(gifts, 'u', [], [address], 1_600);
    assert.deepEqual(look(gifts, 1_600), now);
    gave(gifts, 'u', [ip('192.0.2.12')], [address], 1_600);
    assert.deepEqual(look(gifts, 1_700, taken), now);
    assert.deepEqual([gifts.get('u')!.exchanges, gifts.get('u')!.addresses], [1, [ip('192.0.2.12')]]);
  });

  it('is not what was exchanged before either, while it waits for its turn or is exchanged in its turn', () => {
    const [before, first] = [ip('192.0.2.8'), ip('192.0.2.9')];
    gave(gifts, 'u', [first], [before], 1_500);
    gifts.set('u', { ...gifts.get('u')!, exchanges: 1 });
    gave(gifts, 'u', [address], [before, first], 1_600);
    gifts.set('u', { ...gifts.get('u')!, exchanges: 2 });
    assert.deepEqual(look(gifts, 1_700, taken), { addresses: ['192.0.2.8', '192.0.2.9'], pauseMs: 1_900 });
    assert.deepEqual(look(gifts, 3_600, taken), {
      addresses: ['192.0.2.8', '192.0.2.9', '192.0.2.10'],
      pauseMs: 0,
    });
  });

  it('is exchanged ever more rarely, until it stays whatever it is', () => {
    const pauses: number[] = [];
    let at = 1_000;
    for (let times = 0; times < 20; times += 1) {
      const { addresses, pauseMs } = look(gifts, at, taken);
      if (addresses.length === 0 && pauseMs === 0) break;
      pauses.push(pauseMs);
      at += pauseMs;
      assert.deepEqual(look(gifts, at, taken), now);
      gave(gifts, 'u', [address], [address], at);
    }
    assert.deepEqual(pauses, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  });

  it('is forgotten where very many wait for another, and their Services may be gone', () => {
    for (let at = 0; at < 10_100; at += 1) {
      const uid = `other-${at}`;
      gave(gifts, uid, [address], [], 2_000 + at);
      gifts.set(uid, { ...gifts.get(uid)!, due: true });
    }
    gave(gifts, 'last', [address], [], 1_000_000);
    assert.equal(gifts.size, 10_000);
    assert.ok(gifts.has('last') && gifts.has('other-10099') && !gifts.has('other-0'));
  });

  it('is forgotten when it is not young any more', () => {
    for (let at = 0; at < 10_000; at += 1) gave(gifts, `other-${at}`, [address], [], 2_000 + at * 100);
    assert.ok(gifts.size <= 602, `${gifts.size}`);
  });
});
