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

  describe('by the word of the controller, which asks agents', () => {
    const word = (agoMs: number, version: string, nodes: string): Lease =>
      ({
        metadata: { name: 'openelb-heard', annotations: { 'openelb.io/heard': nodes }, resourceVersion: version },
        spec: { holderIdentity: '', renewTime: new Date(now - agoMs).toISOString() },
      }) as unknown as Lease;
    const old = ['n1', 'n2'].map((node) => lease(node, 100_000, '1'));

    it('is no matter of doubt for those that it names', () => {
      const heard = heardOf([...old, word(2_000, '5', 'n1')]);
      assert.deepEqual(
        [...heard].filter(([, each]) => isDoubtful(each, now)).map(([node]) => node),
        ['n2'],
      );
      assert.equal(heard.get('n1')?.atMs, now - 2_000);
    });

    it('is silent once neither of two words names it, or there is no new one', () => {
      const first = heardOf([...old, word(3_000, '5', 'n1')]);
      const named = silenceIn(first, heardOf([...old, word(60_000, '6', 'n1')]), now);
      assert.equal(named('n1'), undefined, 'its clock is late, but it says something new');
      assert.equal(named('n2')?.reason, 'NoHeartbeat');
      const again = silenceIn(first, heardOf([...old, word(60_000, '5', 'n1')]), now);
      assert.equal(again('n1')?.reason, 'NoHeartbeat');
    });

    it('is not silent that one word names and the next does not, since one answer may get lost', () => {
      const silence = silenceIn(
        heardOf([...old, word(60_000, '5', 'n1,n2')]),
        heardOf([...old, word(57_000, '6', 'n1')]),
        now,
      );
      assert.equal(silence('n2'), undefined);
    });

    it('is nothing for who has ended, or is not known', () => {
      const heard = heardOf([lease('n1', 100_000, '1', true), word(1_000, '5', 'n1,n9')]);
      assert.deepEqual([...heard.keys()], ['n1']);
      assert.equal(heard.get('n1')?.atMs, now - 100_000);
    });
  });

  it('leaves out what it cannot read', () => {
    assert.equal(
      heardOf([{ metadata: { name: 'x' } } as Lease, { metadata: { name: 'y' }, spec: {} } as Lease]).size,
      0,
    );
  });
});
