import assert from 'node:assert/strict';
import { createAnnouncements } from '../../../../../src/agent/engine/answering/announcements.js';
import { answerOnNic } from '../../../../../src/agent/engine/answering/on-nic.js';
import type { AddressFailure } from '../../../../../src/platform/linux/rtnetlink.js';

const second = 1_000_000;
const addresses = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(192, 0, 2, i));

describe('announcements that are due', () => {
  it('are returned in batches, the rest a millisecond later, and none in between', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(100), 0);
    const counts = [0, 500, 1_000, 1_500].map((now) =>
      announcements.work(now).map((effect) => effect.type === 'announce' && effect.addresses.length),
    );
    assert.deepEqual(counts, [[64], [], [36], []]);
  });

  it('are none once the group has no addresses any more', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(2), 0);
    announcements.keep('web', []);
    assert.deepEqual(announcements.work(second), []);
  });
});

describe('putting addresses on a NIC', () => {
  let failure: AddressFailure | undefined;
  const open = () =>
    answerOnNic({
      putAddresses: (list) => list.map(() => failure),
      renewAddresses: () => 0,
      removeAddresses: (list) => list.map(() => undefined),
    });
  const [address] = addresses(1) as [Uint8Array];

  beforeEach(() => {
    failure = undefined;
  });

  it('says of both groups that want an address that it is in place', () => {
    const onNic = open();
    for (const group of ['web', 'mail']) onNic.want(group, 2, [address]);
    const said = onNic.work(0);
    assert.deepEqual(
      said.map(({ type, group }) => [type, group]),
      [
        ['in-place', 'web'],
        ['in-place', 'mail'],
      ],
    );
  });

  it('says once that the kernel refuses it, and, when that lasts, that it refuses all', () => {
    failure = { code: 'EACCES', message: 'EACCES' };
    const onNic = open();
    onNic.want('web', 2, [address]);
    const said = [0, second, 2 * second, 3 * second].map((now) => onNic.work(now).map(({ type }) => type));
    assert.deepEqual(said, [['refused'], [], ['all-refused'], ['all-refused']]);
  });

  it('says that somebody has taken it away', () => {
    const onNic = open();
    onNic.want('web', 2, [address]);
    onNic.work(0);
    assert.deepEqual(
      onNic.lost(2, address, second).map(({ type, group }) => [type, group]),
      [['refused', 'web']],
    );
    assert.deepEqual(onNic.lost(2, address, second), []);
  });
});
