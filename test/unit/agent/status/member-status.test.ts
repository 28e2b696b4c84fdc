import assert from 'node:assert/strict';
import type { Sighting } from '../../../../src/agent/engine/messages.js';
import {
  isEffaced,
  newRecord,
  sightingLastsMs,
  statusOf,
  withFindings,
  withoutOldSightings,
  withReport,
  withSighting,
  withTransition,
} from '../../../../src/agent/status/member-status.js';
import { memberReport as report } from '../member-report.js';

const [t0, t1, t2] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'];

describe("a node's part of a group's status", () => {
  it('is its own entry while it stands by', () => {
    const record = withReport(newRecord(t0), report(), 'a', undefined, t0);
    assert.deepEqual(statusOf(record, 'a'), {
      members: [{ node: 'a', state: 'Backup', since: t0, priority: 254, address: '192.0.2.1', interface: 'eth0' }],
    });
  });

  it('names what it leads with but does not hold, and is not the holder when that is all', () => {
    const notHeld = [{ address: '192.0.2.8', reason: 'AnsweredElsewhere' as const, message: '02:00:00:00:00:66' }];
    const leading = (held: readonly string[]) =>
      withReport(newRecord(t0), report({ state: 'Active', held, notHeld }), 'a', undefined, t1);
    assert.deepEqual(
      [statusOf(leading(['192.0.2.9']), 'a').holder, statusOf(leading([]), 'a').holder],
      ['a', undefined],
    );
    const shown = statusOf(leading([]), 'a');
    assert.deepEqual(shown.notHeld, notHeld);
    assert.equal(isEffaced(leading([]), 'a', shown), false);
    assert.equal(isEffaced(leading([]), 'a', { ...shown, notHeld: [] }), true);
  });

  it('has the latest three changes of who leads, also after the agent was started anew', () => {
    const change = (at: number, to: 'Active' | 'Backup', from: 'Active' | 'Backup') =>
      ({ at, group: 'web', from, to, reason: to === 'Active' ? 'no-response' : 'hand-over', priority: 254 }) as const;
    let record = withReport(newRecord(t0), report(), 'a', undefined, t0);
    for (let at = 0; at < 5; at++)
      record = withTransition(record, change(at, at % 2 ? 'Backup' : 'Active', at % 2 ? 'Active' : 'Backup'));
    record = withTransition(record, { ...change(9, 'Backup', 'Backup'), from: 'Initialize', reason: 'startup' });
    const shown = statusOf(record, 'a');
    const times = (status: typeof shown) => status.members?.[0]?.history?.map(({ at }) => Date.parse(at));
    assert.deepEqual(times(shown), [2, 3, 4], 'that it began to stand by is no change of who leads');
    const anew = withTransition(newRecord(t1), change(7, 'Active', 'Backup'));
    assert.deepEqual(times(statusOf(withReport(anew, report(), 'a', shown, t1), 'a')), [3, 4, 7]);
  });

  it('has how many connections it hands on, as long as it does', () => {
    const counted = { drainedConnections: 0, countedAt: Date.parse(t1) };
    const leading = { ...report({ state: 'Active', held: ['192.0.2.9'] }), ...counted };
    const record = withReport(newRecord(t0), leading, 'a', undefined, t0);
    const { drainedConnections, drainedConnectionsAt } = statusOf(record, 'a').members![0]!;
    assert.deepEqual([drainedConnections, Date.parse(drainedConnectionsAt ?? '')], [0, Date.parse(t1)]);
    const over = withReport(record, { ...leading, drainedConnections: undefined }, 'a', undefined, t1);
    for (const field of ['drainedConnections', 'drainedConnectionsAt'])
      assert.ok(!(field in statusOf(over, 'a').members![0]!));
  });

  it('is said again when a condition of its own is gone, or has lost its words to a node that took the same one back', () => {
    const finding = { type: 'KernelAnswers' as const, reason: 'StrictArpOff' as const, message: 'the kernel answers' };
    const record = withFindings(withReport(newRecord(t0), report(), 'a', undefined, t0), [finding], t1);
    const shown = statusOf(record, 'a');
    assert.equal(isEffaced(record, 'a', shown), false);
    const byAnother = { ...shown.conditions![0]!, message: 'the kernel answers (seen by b)' };
    assert.equal(
      isEffaced(record, 'a', { ...shown, conditions: [byAnother] }),
      false,
      'the last one to say so is shown',
    );
    assert.equal(isEffaced(record, 'a', { ...shown, conditions: [{ type: 'KernelAnswers', status: 'True' }] }), true);
    assert.equal(isEffaced(record, 'a', { ...shown, conditions: [] }), true);
  });

  it('adds holder, since, one more transition and the reason when it takes over', () => {
    const backup = withReport(newRecord(t0), report(), 'a', undefined, t0);
    const status = { holder: 'b', since: t0, transitions: 4, reason: 'startup' };
    const active = withReport(backup, report({ state: 'Active', reason: 'no-response' }), 'a', status, t1);
    const { members, ...lead } = statusOf(active, 'a');
    assert.deepEqual(lead, { holder: 'a', since: t1, transitions: 5, reason: 'no-response' });
    assert.equal(members?.[0]?.since, t1);
  });

  it('counts no transition when the status has it as holder already', () => {
    const status = { holder: 'a', since: t0, transitions: 4 };
    const active = withReport(newRecord(t1), report({ state: 'Active' }), 'a', status, t1);
    assert.deepEqual([statusOf(active, 'a').transitions, statusOf(active, 'a').since], [4, t0]);
  });

  it('stays as it is through reports that change nothing but what is held', () => {
    const active = withReport(newRecord(t0), report({ state: 'Active' }), 'a', undefined, t0);
    const later = withReport(
      active,
      report({ state: 'Active', held: ['192.0.2.9'], notHeld: [] }),
      'a',
      { transitions: 9 },
      t2,
    );
    assert.deepEqual(statusOf(later, 'a'), statusOf(active, 'a'));
  });

  it('lets go of the holder when it steps down', () => {
    const active = withReport(newRecord(t0), report({ state: 'Active' }), 'a', undefined, t0);
    assert.deepEqual(Object.keys(statusOf(withReport(active, report(), 'a', undefined, t1), 'a')), ['members']);
  });

  it('says in a condition what is wrong with the keys, since when, and nothing more once they are in order', () => {
    const keyProblem = { reason: 'KeyMissing', message: 'vrrp.authentication needs key lan.1' } as const;
    const first = withReport(newRecord(t0), report({ keyProblem }), 'a', undefined, t1);
    const record = withReport(first, report({ keyProblem, state: 'Active' }), 'a', undefined, t2);
    assert.deepEqual(statusOf(record, 'a').conditions, [
      {
        type: 'AuthenticationKeyProblem',
        status: 'True',
        reason: 'KeyMissing',
        message: 'vrrp.authentication needs key lan.1 (seen by a)',
        lastTransitionTime: t1,
      },
    ]);
    assert.equal(statusOf(withReport(record, report(), 'a', undefined, t2), 'a').conditions, undefined);
  });

  for (const [fault, dropped, reason, text] of [
    ['hmac-missing', false, 'TrailerMissing', /is not signed: .* \(it counts until the mode is enforce\)/],
    ['hmac-stale', true, 'StampOutsideWindow', /outside the time window: set the clocks .*NTP.* \(dropped\)/],
    ['hmac-unknown-key', true, 'KeyUnknown', /a key that this node does not have: every node needs a new key before/],
    ['hmac-mismatch', true, 'SignatureWrong', /different keys under one ID, or it is forged/],
    ['hmac-replay', true, 'StampSeenBefore', /a recording, or the network doubles frames/],
  ] as const) {
    it(`tells of an advert with ${fault} whose name it was in, where it came from, and what to look for`, () => {
      const sighting: Sighting = {
        type: 'sighting',
        group: 'web',
        kind: 'unauthenticated',
        offender: '192.0.2.2',
        virtualRouterId: 51,
        interface: 'eth0',
        mac: '02:00:00:00:00:66',
        fault,
        dropped,
      };
      const [seen] = statusOf(withSighting(newRecord(t0), sighting, t0), 'a').conditions!;
      assert.deepEqual([seen?.type, seen?.reason], ['AuthenticationFailed', reason]);
      assert.match(seen!.message!, /an advert of virtual router ID 51 from 192\.0\.2\.2 \(02:00:00:00:00:66 on eth0\)/);
      assert.match(seen!.message!, text);
    });
  }

  it('says why the node cannot take part, and that a spec was refused', () => {
    const record = withReport(
      newRecord(t0),
      report({ state: 'Initialize', message: 'eth0 is down' }),
      'a',
      undefined,
      t0,
    );
    assert.equal(
      statusOf({ ...record, refused: 'spec.vrrp: is missing' }, 'a').members?.[0]?.message,
      'the spec is refused, what it said before goes on: spec.vrrp: is missing; eth0 is down',
    );
  });

  it('carries a condition for whoever should not be there, with offender and remedy', () => {
    const sighting: Sighting = {
      type: 'sighting',
      group: 'web',
      kind: 'stranger',
      offender: '192.0.2.66',
      virtualRouterId: 51,
      interface: 'eth0',
    };
    const record = withSighting(withSighting(newRecord(t0), sighting, t1), sighting, t2);
    const { conditions } = statusOf(record, 'a');
    assert.deepEqual(conditions, [
      {
        type: 'VirtualRouterIdConflict',
        status: 'True',
        reason: 'ForeignAdvert',
        message:
          '192.0.2.66, which is no member, sends adverts of virtual router ID 51 on eth0: they are ignored; ' +
          'give one of the two another ID (seen by a)',
        lastTransitionTime: t1,
      },
    ]);
    const over = withoutOldSightings(record, Date.parse(t2) + sightingLastsMs, undefined);
    assert.equal(statusOf(over, 'a').conditions, undefined, 'it is over when it is not repeated');
    assert.equal(withoutOldSightings(record, Date.parse(t2) + 1, undefined), record);
  });
});
