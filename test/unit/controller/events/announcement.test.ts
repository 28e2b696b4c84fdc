import assert from 'node:assert/strict';
import { holdersNews, newsOf } from '../../../../src/controller/events/announcement.js';
import type { Standing } from '../../../../src/controller/standing/contract.js';

const address = '192.0.2.10';
const held = (by: string, reason?: string): Standing => ({
  by: 'node',
  node: by,
  ...(reason === undefined ? {} : { reason }),
});
const told = (before: Standing | undefined, now: Standing) => newsOf(address, before, now)?.message;

describe('what people are told about the holder of an address', () => {
  it('is who it is', () => assert.equal(told(undefined, held('n2')), '192.0.2.10 is held by node n2'));

  it('is whom it follows, and why', () => {
    assert.equal(told(held('n1'), held('n2', 'no-response')), '192.0.2.10 is held by node n2 (was n1: no-response)');
    assert.equal(
      told(held('n1'), held('n2', 'priority-zero')),
      '192.0.2.10 is held by node n2 (was n1: priority-zero)',
    );
    assert.equal(told(held('n1'), held('n2', 'owner')), '192.0.2.10 is held by node n2 (was n1: owner)');
    assert.equal(told(held('n1'), held('n2')), '192.0.2.10 is held by node n2 (was n1)');
  });

  it('is nothing while it is the same, or not known', () => {
    assert.equal(told(held('n1', 'preempt'), held('n1', 'no-response')), undefined);
    assert.equal(told(held('n1'), { by: 'candidates', nodes: ['n1'] }), undefined);
    assert.equal(told(undefined, { by: 'candidates', nodes: ['n1'] }), undefined);
  });

  it('is that there may be one again, after there could be none', () => {
    const nobody: Standing = { by: 'nobody', reason: 'NoReadyEndpoint', message: 'none' };
    assert.deepEqual(newsOf(address, nobody, { by: 'candidates', nodes: ['n1', 'n2'] }), {
      type: 'Normal',
      reason: 'Announceable',
      message: '192.0.2.10 may be announced again, by n1, n2',
    });
    assert.equal(told(nobody, held('n1')), '192.0.2.10 is held by node n1');
    assert.equal(newsOf(address, held('n1'), nobody)?.type, 'Warning');
  });

  it('is that nobody knows, once, and who it is when that is known again', () => {
    const message =
      'nobody knows who holds its addresses: the agent of n1 has not been heard of since 2026-01-01T00:00:00Z';
    const unknown: Standing = { by: 'unknown', reason: 'AgentSilent', message };
    assert.deepEqual(newsOf(address, held('n1'), unknown), {
      type: 'Warning',
      reason: 'AgentSilent',
      message: `whether a node announces 192.0.2.10 is not known: ${message}`,
    });
    assert.equal(told(unknown, unknown), undefined);
    assert.equal(told(unknown, held('n1')), '192.0.2.10 is held by node n1');
  });

  it('is which nodes have told how many routers, once', () => {
    const by = (nodes: readonly string[], least = 2, most = least): Standing => ({
      by: 'nodes',
      nodes,
      of: 3,
      routers: { least, most },
    });
    assert.equal(told(undefined, by(['n1'])), '192.0.2.10 is announced by n1, to 2 routers');
    assert.equal(told(undefined, by(['n1', 'n2'], 1)), '192.0.2.10 is announced by n1, n2, to 1 router each');
    assert.equal(told(undefined, by(['n1', 'n2'], 1, 2)), '192.0.2.10 is announced by n1, n2, to 1 to 2 routers each');
    assert.equal(told(by(['n1']), by(['n1', 'n2'])), undefined);
    assert.equal(
      told({ by: 'nobody', reason: 'NoRouterTold', message: '' }, by(['n1'], 1)),
      '192.0.2.10 is announced by n1, to 1 router',
    );
    assert.equal(
      holdersNews({ 'wan-0': 'n1, to 1 router' }, { 'wan-0': 'n1, n2, to 1 router each', 'lan-0': 'n1' }),
      'wan-0 is announced by n1, n2, to 1 router each (was n1, to 1 router); lan-0 is held by node n1',
    );
  });

  it('of an Eip is one sentence for all its groups', () => {
    assert.equal(
      holdersNews(
        { 'lan-0': 'n1', 'lan-1': 'n2', 'lan-2': 'n1' },
        { 'lan-0': 'n2', 'lan-1': 'n2', 'lan-2': 'n2', 'lan-3': 'n3' },
      ),
      'lan-0, lan-2 are held by node n2 (was n1); lan-3 is held by node n3',
    );
    assert.equal(holdersNews({ 'lan-0': 'n1' }, { 'lan-0': 'n1' }), undefined);
    assert.equal(holdersNews({ 'lan-0': 'n1' }, {}), undefined);
  });
});
