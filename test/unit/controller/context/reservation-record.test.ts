import assert from 'node:assert/strict';
import {
  merged,
  parseRecord,
  type Reservation,
  recordText,
} from '../../../../src/controller/context/reservation-record.js';

const reservation = (resourceVersion: string, ...addresses: string[]): Reservation => ({
  key: 'x/web',
  uid: 'u',
  resourceVersion,
  addresses,
});

describe('the record of reservations', () => {
  it('says what was reserved', () => {
    const all = [reservation('7', '192.0.2.1', '2001:db8::1'), { ...reservation('8', '192.0.2.2'), uid: 'v' }];
    assert.deepEqual(parseRecord(recordText(all)), all);
  });

  it('has one entry for each version of an object, with all that it may get', () => {
    const all = [
      reservation('7', '192.0.2.1'),
      reservation('7', '192.0.2.2', '192.0.2.1'),
      reservation('8', '192.0.2.3'),
    ];
    assert.deepEqual(merged(all), [reservation('7', '192.0.2.1', '192.0.2.2'), reservation('8', '192.0.2.3')]);
  });

  it('says nothing where it was not written by a controller, and what can be read of it elsewhere', () => {
    for (const text of [undefined, '', '[', 'null', '7', '{}', '"x"']) assert.deepEqual(parseRecord(text), [], text);
    const good = ['x/web', 'u', '7', '192.0.2.1'];
    const text = JSON.stringify([null, 7, [], ['x/web', 'u', '7'], ['x/web', 'u', 7, '192.0.2.1'], good]);
    assert.deepEqual(parseRecord(text), [reservation('7', '192.0.2.1')]);
  });
});
