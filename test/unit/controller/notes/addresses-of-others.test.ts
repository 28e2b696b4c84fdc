import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { addressesOfOthers, attendAddressesOfOthers } from '../../../../src/controller/notes/addresses-of-others.js';
import { formatIp } from '../../../../src/core/ip/address.js';

const hour = 3_600_000;
const annotation = 'eip.openelb.kubesphere.io/addresses-of-others';
const eip = (note?: string): Eip => ({
  metadata: { name: 'lan', ...(note === undefined ? {} : { annotations: { [annotation]: note } }) },
  spec: { address: '192.0.2.0/24' },
});
const reports = (...notHeld: { address: string; reason: string; message?: string }[]): readonly VipGroup[] => [
  { metadata: { name: 'lan-0' }, spec: { protocol: 'vip', addresses: [], members: [] }, status: { notHeld } },
];
const taken = { address: '192.0.2.7', reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66' };
const known = (note: string | undefined, now: number) =>
  addressesOfOthers(eip(note), now).map(({ address, by }) => `${formatIp(address)} ${by}`);

describe('addresses that other hosts have', () => {
  it('are remembered for an hour after they were last reported', () => {
    const { note, afterMs } = attendAddressesOfOthers(eip(), reports(taken), 0);
    assert.deepEqual(known(note, 0), ['192.0.2.7 02:00:00:00:00:66']);
    assert.deepEqual(known(note, hour - 1), ['192.0.2.7 02:00:00:00:00:66']);
    assert.deepEqual(known(note, hour), []);
    assert.equal(afterMs, hour / 2);
    const later = attendAddressesOfOthers(eip(note), [], 1_000);
    assert.equal(later.note, note);
    assert.equal(later.afterMs, hour - 1_000);
    assert.equal(attendAddressesOfOthers(eip(note), [], hour).note, undefined);
  });

  it('are noted anew only every half hour while they go on being reported', () => {
    const { note } = attendAddressesOfOthers(eip(), reports(taken), 0);
    assert.equal(attendAddressesOfOthers(eip(note), reports(taken), hour / 2 - 1).note, note);
    const again = attendAddressesOfOthers(eip(note), reports(taken), hour / 2).note;
    assert.deepEqual(known(again, hour), ['192.0.2.7 02:00:00:00:00:66']);
  });

  it('are known since they were found first', () => {
    const { note } = attendAddressesOfOthers(eip(), reports(taken), 7);
    const again = attendAddressesOfOthers(eip(note), reports(taken), hour / 2 + 7).note;
    assert.deepEqual(addressesOfOthers(eip(again), hour)[0]?.since, 7);
    const [without] = JSON.parse(note!) as { since?: string }[];
    for (const since of [undefined, 'x', '9999-01-01T00:00:00Z'])
      assert.equal(addressesOfOthers(eip(JSON.stringify([{ ...without, since }])), 1_000)[0]?.since, 7);
  });

  it('are only those that another host answers for, and addresses', () => {
    const others = [
      { ...taken, reason: 'Refused' },
      { ...taken, reason: 'AddressOfNode' },
      { ...taken, address: 'x' },
    ];
    assert.equal(attendAddressesOfOthers(eip(), reports(...others), 0).note, undefined);
  });

  it('are 64 at most', () => {
    const many = Array.from({ length: 200 }, (_, at) => ({ ...taken, address: `192.0.2.${at}` }));
    const { note } = attendAddressesOfOthers(eip(), reports(...many), 0);
    assert.equal(known(note, 0).length, 64);
    assert.ok(note!.length < 8_192, `${note!.length}`);
  });

  for (const note of ['', '7', '{}', '[', '[null]', '[{}]', '[{"address":"192.0.2.7","until":"never"}]', '[[1]]']) {
    it(`are none with the note ${note}`, () => assert.deepEqual(known(note, 0), []));
  }

  it('are not left out for longer than a report would, whatever the note says', () => {
    const note = JSON.stringify([{ address: '192.0.2.7', by: 'x', until: '9999-01-01T00:00:00Z' }]);
    assert.equal(addressesOfOthers(eip(note), 0)[0]!.until, hour);
  });
});
