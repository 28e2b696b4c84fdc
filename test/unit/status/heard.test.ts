import assert from 'node:assert/strict';
import type { Lease } from '../../../src/platform/kubernetes/lease-record.js';
import { heardOf, isDoubtful, silenceIn } from '../../../src/status/heard.js';

const now = Date.UTC(2026, 0, 1);
const lease = (node: string, agoMs: number, version: string, ended = false): Lease =>
  ({
    metadata: { name: `agent.${node}`, annotations: { 'openelb.io/node': node }, resourceVersion: version },
    spec: { holderIdentity: ended ? '' : node, renewTime: new Date(now - agoMs).toISOString() },
  }) as unknown as Lease;

describe('how long ago an agent was heard of', () => {
  it('is no matter of doubt when its last word is fresh, or its last', () => {
    const heard = heardOf([
      lease('n1', 3_000, '1'),
      lease('n2', 60_000, '2'),
      lease('n3', -60_000, '3'),
      lease('n4', 60_000, '4', true),
    ]);
    assert.deepEqual(
      [...heard].filter(([, each]) => isDoubtful(each, now)).map(([node]) => node),
      ['n2', 'n3'],
    );
  });

  it('says that it is silent when two looks show the same old word, whatever its clock says', () => {
    const first = heardOf([lease('n1', 60_000, '1'), lease('n2', 60_000, '2'), lease('n3', -60_000, '3')]);
    const second = heardOf([lease('n1', 55_000, '9'), lease('n2', 60_000, '2'), lease('n3', -60_000, '3')]);
    const silence = silenceIn(first, second, now);
    assert.equal(silence('n1'), undefined, 'its clock is late, but it moves');
    assert.deepEqual(silence('n2'), { reason: 'NoHeartbeat', sinceMs: now - 60_000 });
    assert.deepEqual(silence('n3'), { reason: 'NoHeartbeat', sinceMs: now });
    assert.deepEqual(silence('n4'), { reason: 'NeverHeard', sinceMs: now });
  });

  it('leaves out what it cannot read', () => {
    assert.equal(
      heardOf([{ metadata: { name: 'x' } } as Lease, { metadata: { name: 'y' }, spec: {} } as Lease]).size,
      0,
    );
  });
});
