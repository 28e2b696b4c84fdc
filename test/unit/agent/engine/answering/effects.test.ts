import assert from 'node:assert/strict';
import { createAnnouncements } from '../../../../../src/agent/engine/answering/announcements.js';
import type { AnsweringEffect } from '../../../../../src/agent/engine/answering/contract.js';
import { answerOnNic } from '../../../../../src/agent/engine/answering/on-nic.js';
import type { AddressFailure } from '../../../../../src/platform/linux/rtnetlink.js';

const second = 1_000_000;
const addresses = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(192, 0, 2, i));

describe('announcements that are due', () => {
  /** How many addresses are announced, in which form. */
  const said = (effects: readonly AnsweringEffect[]) =>
    effects.map((effect) => effect.type === 'announce' && [effect.addresses.length, effect.form ?? 'both']);

  it('are returned in batches, the rest a millisecond later, and none in between', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(100), 0);
    announcements.work(0, false);
    for (let now = 1; announcements.deadline() < 200_000; now += 1_000) announcements.work(now, false);
    const rounds = [200_000, 200_500, 201_000, 201_500].map((now) => said(announcements.work(now, false)));
    assert.deepEqual(rounds, [[[64, 'both']], [], [[36, 'both']], []]);
  });

  it('are said in one form as soon as they are in place, in the other when no others wait for their first word', () => {
    const announcements = createAnnouncements();
    const [one, other] = [addresses(80).slice(0, 40), addresses(80).slice(40)];
    announcements.start('web', one, 0);
    assert.deepEqual(said(announcements.work(0, true)), [[40, 'request']]);
    announcements.start('web', other, 10);
    announcements.start('dns', addresses(3), 10);
    assert.deepEqual(said(announcements.work(10, true)), [
      [40, 'request'],
      [3, 'request'],
    ]);
    assert.deepEqual(said(announcements.work(20, true)), []);
    assert.equal(announcements.deadline(), 0, 'it wants to be asked again');
    assert.deepEqual(said(announcements.work(30, false)), [[64, 'reply']]);
    assert.deepEqual(said(announcements.work(1_030, false)), [
      [16, 'reply'],
      [3, 'reply'],
    ]);
    assert.equal(announcements.deadline(), 200_000);
  });

  it('are no more in the other form than a switch bears: a batch each millisecond, of however many groups', () => {
    const announcements = createAnnouncements();
    for (let group = 0; group < 100; group += 1) announcements.start(`group-${group}`, addresses(2), 0);
    const batches: number[] = [];
    let askedFor = 0;
    for (let now = 0; now < 10_000; now += 50) {
      if (announcements.deadline() > now) continue;
      askedFor += 1;
      const replies = said(announcements.work(now, false)).filter((each) => each && each[1] === 'reply');
      batches.push(replies.reduce((sum, each) => sum + (each ? Number(each[0]) : 0), 0));
    }
    assert.deepEqual(batches, [64, 64, 64, 8]);
    assert.equal(askedFor, 4, 'it sleeps in between');
  });

  it('are said in the other form once each has been said in the first, however long that takes', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(150), 0);
    const forms: unknown[] = [];
    for (let now = 0; announcements.deadline() < 200_000; now = announcements.deadline())
      forms.push(...said(announcements.work(now, false)));
    assert.deepEqual(forms, [
      [64, 'request'],
      [64, 'request'],
      [22, 'request'],
      [64, 'reply'],
      [64, 'reply'],
      [22, 'reply'],
    ]);
  });

  it('of one address are both forms at once', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(1), 0);
    assert.deepEqual(said(announcements.work(0, false)), [
      [1, 'request'],
      [1, 'reply'],
    ]);
  });

  it('are said in no other form once they are gone, nor with IPv6, which has but one', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(3), 0);
    announcements.start('six', [new Uint8Array(16)], 0);
    announcements.work(0, true);
    announcements.keep('web', addresses(2));
    assert.deepEqual(said(announcements.work(10, false)), [[2, 'reply']]);
    assert.deepEqual(said(announcements.work(20, false)), []);
  });

  it('are none once the group has no addresses any more', () => {
    const announcements = createAnnouncements();
    announcements.start('web', addresses(2), 0);
    announcements.keep('web', []);
    assert.deepEqual(announcements.work(second, false), []);
  });
});

describe('putting addresses on a NIC', () => {
  let failure: AddressFailure | undefined;
  const open = () =>
    answerOnNic({
      putAddresses: (list) => list.map(() => failure),
      renewAddresses: () => 0,
      removeAddresses: (list) => list.map(() => undefined),
      putLocalRoutes: (_, list) => list.map(() => failure),
      removeLocalRoutes: (list) => list.map(() => undefined),
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
