import assert from 'node:assert/strict';
import {
  deleted,
  forgetOthers,
  forgetVersions,
  hear,
  listenFrom,
  newHearing,
  nextOverdue,
  overdue,
  silenceOf,
} from '../../../../src/controller/liveness/silence.js';
import type { Lease } from '../../../../src/platform/kubernetes/lease-record.js';

const wall = Date.UTC(2026, 0, 1);
const lease = (node: string, version: number, o: { ended?: boolean; renewTime?: string } = {}): Lease =>
  ({
    metadata: { name: `agent.${node}`, annotations: { 'openelb.io/node': node }, resourceVersion: String(version) },
    spec: { holderIdentity: o.ended ? '' : node, ...(o.renewTime === undefined ? {} : { renewTime: o.renewTime }) },
  }) as unknown as Lease;

describe('the silence of agents', () => {
  it('begins ten seconds after a Lease changed last, on the own clock', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 1, { renewTime: '1999-01-01T00:00:00.000000Z' }), 5_000);
    assert.equal(nextOverdue(hearing, ['n1']), 15_000);
    assert.deepEqual(overdue(hearing, ['n1'], 14_999), []);
    assert.deepEqual(overdue(hearing, ['n1'], 15_000), ['n1']);
  });

  it('is put off by each renewal, and not by a version that was seen before', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 1), 0);
    hear(hearing, lease('n1', 2), 4_000);
    hear(hearing, lease('n1', 2), 9_000);
    hear(hearing, lease('n1', 1), 9_500);
    assert.equal(nextOverdue(hearing, ['n1']), 14_000);
  });

  it('is put off by what a store says that has gone back in time', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 5_000), 0);
    forgetVersions(hearing);
    hear(hearing, lease('n1', 60), 4_000);
    hear(hearing, lease('n1', 59), 8_000);
    assert.equal(nextOverdue(hearing, ['n1']), 14_000);
  });

  it('says when an agent was heard of last in a form that can be written, whatever its Lease says', () => {
    for (const renewTime of ['-000001-12-31T10:00:00Z', '+275760-09-13T00:00:00Z', '0000-01-01T00:00:00+14:00', 'x']) {
      const hearing = newHearing();
      listenFrom(hearing, 0);
      hear(hearing, lease('n1', 1, { renewTime }), 0);
      hearing.silent.add('n1');
      const { sinceMs } = silenceOf(hearing, 'n1', { now: 0, wall })!;
      assert.match(new Date(sinceMs).toISOString(), /^\d{4}-/);
      assert.ok(sinceMs <= wall);
    }
  });

  it('is not known before listening has begun, and begins anew after an interruption', () => {
    const hearing = newHearing();
    hear(hearing, lease('n1', 1), 0);
    assert.equal(nextOverdue(hearing, ['n1', 'n2']), undefined);
    listenFrom(hearing, 60_000);
    assert.equal(nextOverdue(hearing, ['n1', 'n2']), 70_000);
  });

  it('is known at once of an agent that says that it ends, or whose Lease is deleted', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 1), 1_000);
    hear(hearing, lease('n1', 2, { ended: true }), 2_000);
    hear(hearing, lease('n2', 3), 1_000);
    deleted(hearing, 'n2', 3_000);
    assert.deepEqual(overdue(hearing, ['n1', 'n2'], 3_000), ['n1', 'n2']);
  });

  it('ends with the next word, which is told', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 1), 0);
    hearing.silent.add('n1');
    assert.equal(hear(hearing, lease('n1', 2), 20_000), 'n1');
    assert.equal(silenceOf(hearing, 'n1', { now: 20_000, wall }), undefined);
  });

  it('is dated by the last word of the agent, or by when listening began', () => {
    const hearing = newHearing();
    listenFrom(hearing, 1_000);
    hear(hearing, lease('n1', 1, { renewTime: '2025-12-31T23:00:00.000000Z' }), 1_000);
    hear(hearing, lease('n2', 1, { renewTime: '2031-01-01T00:00:00.000000Z' }), 3_000);
    for (const node of ['n1', 'n2', 'n3']) hearing.silent.add(node);
    const since = (node: string) => silenceOf(hearing, node, { now: 21_000, wall });
    assert.deepEqual(since('n1'), { reason: 'NoHeartbeat', sinceMs: Date.UTC(2025, 11, 31, 23) });
    assert.deepEqual(
      since('n2'),
      { reason: 'NoHeartbeat', sinceMs: wall - 18_000 },
      'not by one that lies in the future',
    );
    assert.deepEqual(since('n3'), { reason: 'NeverHeard', sinceMs: wall - 20_000 });
  });

  it('of nodes that nobody speaks of is forgotten', () => {
    const hearing = newHearing();
    listenFrom(hearing, 0);
    hear(hearing, lease('n1', 1), 0);
    hearing.silent.add('n1');
    forgetOthers(hearing, new Set(['n2']));
    assert.deepEqual([hearing.beats.size, hearing.silent.size], [0, 0]);
  });

  it('ignores a Lease that names no node', () => {
    const hearing = newHearing();
    assert.equal(hear(hearing, { metadata: { name: 'x' } } as Lease, 0), undefined);
    assert.equal(hearing.beats.size, 0);
  });
});
