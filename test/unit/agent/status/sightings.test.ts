import assert from 'node:assert/strict';
import type { MemberReport, Sighting } from '../../../../src/agent/engine/messages.js';
import { createSightings, withSuspect } from '../../../../src/agent/status/sightings.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';

const group: VipGroup = {
  metadata: { name: 'web' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.100'],
    vrrp: { virtualRouterId: 51 },
    members: [
      { node: 'a', priority: 254, address: '192.0.2.1' },
      { node: 'b', priority: 234, address: '192.0.2.99' },
      { node: 'c', priority: 214, address: '192.0.2.3' },
    ],
  },
};
const report: MemberReport = {
  group: 'web',
  state: 'Active',
  priority: 254,
  interface: 'eth0',
  address: '192.0.2.1',
  reason: 'no-response',
  activeSource: undefined,
  reasons: [],
  message: undefined,
  held: [],
  notHeld: [],
};
const stranger: Sighting = {
  type: 'sighting',
  group: 'web',
  kind: 'stranger',
  offender: '192.0.2.2',
  virtualRouterId: 51,
  interface: 'eth0',
  priority: 234,
  unheard: ['192.0.2.99', '192.0.2.3'],
};
const conflict: Sighting = {
  ...stranger,
  kind: 'address-conflict',
  offender: '02:00:00:00:00:66',
  address: '192.0.2.100',
  held: false,
};

describe('a stranger', () => {
  it('with the priority of a member from whose address nothing is heard is suspected to be that', () => {
    const { suspect } = withSuspect(stranger, group, 'a', '/etc/web.yaml');
    assert.deepEqual(suspect, {
      node: 'b',
      address: '192.0.2.99',
      field: 'spec.members[1].address in /etc/web.yaml',
    });
    assert.equal(
      withSuspect(stranger, group, 'a', undefined).suspect?.field,
      'spec.members[1].address of VipGroup web',
    );
  });

  it('is suspected of nothing with another priority, or when that member is heard', () => {
    assert.equal(withSuspect({ ...stranger, priority: 100 }, group, 'a', undefined).suspect, undefined);
    assert.equal(withSuspect({ ...stranger, unheard: ['192.0.2.3'] }, group, 'a', undefined).suspect, undefined);
    assert.equal(withSuspect(conflict, group, 'a', undefined).suspect, undefined);
  });
});

describe('what is seen on the LAN', () => {
  let now: number;
  let lines: { message: string; explanation: string }[];
  let sightings: ReturnType<typeof createSightings>;
  beforeEach(() => {
    now = 0;
    lines = [];
    const warn = (message: string, fields?: object) =>
      void lines.push({ message, explanation: (fields as { explanation: string }).explanation });
    sightings = createSightings({ warn }, () => now);
  });

  it('is logged once while it goes on, and again when it comes back', () => {
    for (now = 0; now <= 300_000; now += 60_000) sightings.hear(stranger);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['foreign advert'],
    );
    now += 200_000;
    sightings.hear(stranger);
    assert.equal(lines.length, 2);
  });

  it('names the member that it probably is, and where to correct what', () => {
    sightings.hear(withSuspect(stranger, group, 'a', '/etc/web.yaml'));
    assert.equal(
      lines[0]!.explanation,
      '192.0.2.2, which is no member, sends adverts of virtual router ID 51 on eth0: they are ignored; they have the priority of ' +
        'member b, and nothing is heard from 192.0.2.99, its address by spec.members[1].address in /etc/web.yaml: probably that is ' +
        'wrong and is to be corrected; if not, give one of the two another ID',
    );
  });

  it('names the setting that a member has otherwise, and what comes of it', () => {
    const of = { kind: 'other-settings', offender: '192.0.2.3' } as const;
    sightings.hear({ ...stranger, ...of, setting: 'interval', theirs: '2 s', ours: '1 s', dropped: true });
    sightings.hear({ ...stranger, ...of, setting: 'addresses', theirs: 'none', ours: '192.0.2.100', dropped: false });
    const begin = 'member 192.0.2.3 on eth0 sends adverts of virtual router ID 51 with';
    assert.deepEqual(
      lines.map(({ explanation }) => explanation),
      [
        `${begin} interval 2 s; here it is 1 s: they are dropped, so both may lead; give all members the same`,
        `${begin} addresses none; here it is 192.0.2.100: they count all the same; give all members the same`,
      ],
    );
  });

  it('is noted with its group until it is over, or put right', () => {
    sightings.hear(stranger);
    sightings.hear(conflict);
    assert.equal(sightings.notes(report, group).length, 2);
    assert.equal(sightings.notes({ ...report, group: 'mail' }, group).length, 0);
    assert.equal(sightings.notes({ ...report, held: ['192.0.2.100'] }, group).length, 1, 'it was taken after all');
    const members = group.spec.members.map((each) => (each.node === 'b' ? { ...each, address: '192.0.2.2' } : each));
    assert.equal(
      sightings.notes(report, { ...group, spec: { ...group.spec, members } }).length,
      1,
      'it is a member now',
    );
    now = 150_000;
    assert.deepEqual(sightings.notes(report, group), []);
  });

  it('is forgotten with its group', () => {
    sightings.hear(stranger);
    sightings.forget('web');
    assert.deepEqual(sightings.notes(report, group), []);
  });
});
