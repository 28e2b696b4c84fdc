import assert from 'node:assert/strict';
import { errorCodes, reasonOf } from '../../../../../src/core/wire/bgp/error-codes.js';
import {
  ceaseWithText,
  encodeNotification,
  hardReset,
  type Notification,
  notificationOf,
  textOf,
  unwrapped,
} from '../../../../../src/core/wire/bgp/notification.js';
import { fromHex } from '../../../../vectors/vector.js';
import { message, read, refused } from './given.js';

const shutdown = (hex: string): Notification => notificationOf('administrative-shutdown', fromHex(hex));

describe('a NOTIFICATION', () => {
  it('has a name for each code and subcode, and each name is of one', () => {
    for (const [reason, { code, subcode, clause }] of Object.entries(errorCodes)) {
      assert.equal(reasonOf(code, subcode), reason);
      assert.match(clause, /^RFC \d+/);
    }
    assert.equal(reasonOf(6, 99), undefined);
  });

  it('carries a text of up to 128 octets, cut between characters', () => {
    const { data } = ceaseWithText('administrative-reset', 'ü'.repeat(100));
    assert.equal(data[0], 128);
    assert.equal(data.length, 129);
    assert.equal(textOf(ceaseWithText('administrative-reset', `a${'ü'.repeat(100)}`)), `a${'ü'.repeat(63)}`);
  });

  it('without a text carries nothing', () => {
    assert.deepEqual(ceaseWithText('administrative-shutdown', ''), shutdown(''));
  });

  it('tells a text of up to 255 octets when a peer sends one', () => {
    assert.equal(textOf(shutdown(`ff${'61'.repeat(255)}`)), 'a'.repeat(255));
  });

  for (const [what, notification, text] of [
    ['none where there is none', shutdown(''), undefined],
    ['none where it is empty', shutdown('00'), undefined],
    ['none where it is longer than the message', shutdown('0461'), undefined],
    ['what its length says where there is more', shutdown('016162'), 'a'],
    ['octets that are no UTF-8 as such', shutdown('03ff6180'), '\\xffa\\x80'],
    ['control characters as such', shutdown('041b5b0a61'), '\\x1b[\\x0aa'],
    ['none in a NOTIFICATION of another kind', notificationOf('deconfigured', fromHex('0161')), undefined],
    ['that within a hard reset', hardReset(shutdown('0161')), 'a'],
  ] as const) {
    it(`has a text for people: ${what}`, () => assert.equal(textOf(notification), text));
  }

  it('of a hard reset is unwrapped to what it is about, once', () => {
    assert.deepEqual(unwrapped(hardReset(shutdown('0161'))), shutdown('0161'));
    assert.deepEqual(unwrapped(hardReset(hardReset(shutdown('')))), hardReset(shutdown('')));
  });

  it('of a hard reset that does not say what it is about stays one', () => {
    for (const data of ['', '06']) {
      const bare = notificationOf('hard-reset', fromHex(data));
      assert.deepEqual(unwrapped(bare), bare);
    }
  });

  it('has as much data as fits', () => {
    const bytes = encodeNotification(notificationOf('refresh-length', new Uint8Array(4096)));
    assert.equal(bytes.length, 4096);
    assert.equal(read(bytes).type, 'notification');
  });
});

describe('a ROUTE-REFRESH', () => {
  it('that begins or ends has a body of 4 octets, or is told so with the whole message', () => {
    for (const subtype of ['01', '02']) assert.equal(refused(message(5, `0001 ${subtype} 01 00`)), 'refresh-length');
  });

  it('of a peer that was not told of subtypes is not judged by them', () => {
    const read5 = read(message(5, '0001 01 01 00'), { enhancedRouteRefresh: false });
    assert.deepEqual(read5, { type: 'route-refresh', afi: 1, safi: 1, subtype: 1 });
  });

  it('that asks may have more in its body, and an unknown subtype any length', () => {
    assert.equal(read(message(5, '0001 00 01 40 80 0000')).type, 'route-refresh');
    assert.equal(read(message(5, '0001 07 01 00')).type, 'route-refresh');
  });
});
