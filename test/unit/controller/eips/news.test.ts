import assert from 'node:assert/strict';
import type { EipStatus } from '../../../../src/api/eip.js';
import { statusNews } from '../../../../src/controller/eips/news.js';

type Condition = NonNullable<EipStatus['conditions']>[number];

const condition = (status: Condition['status'], reason: string, type = 'Announced'): Condition => ({
  type,
  status,
  reason,
  message: `because of ${reason}`,
  lastTransitionTime: '2026-01-02T00:00:00Z',
});
const withCondition = (...all: Parameters<typeof condition>): EipStatus => ({ conditions: [condition(...all)] });
const told = (before: EipStatus | undefined, after: EipStatus) =>
  statusNews(before, after).map(({ type, reason }) => `${type} ${reason}`);

describe('when the status of an Eip becomes another, people are told', () => {
  it('what is wrong, once', () => {
    const wrong = withCondition('False', 'NoAgent');
    assert.deepEqual(told(undefined, wrong), ['Warning NoAgent']);
    assert.deepEqual(told(wrong, wrong), []);
    assert.deepEqual(told(wrong, withCondition('Unknown', 'AgentSilent')), ['Warning AgentSilent']);
  });

  it('that it is well again, and not that it is well from the start', () => {
    const well = withCondition('True', 'Held');
    assert.deepEqual(told(withCondition('False', 'NoAgent'), well), ['Normal Held']);
    assert.deepEqual(told(undefined, well), []);
  });

  it('nothing of what is about to pass', () => {
    const electing = withCondition('Unknown', 'Electing');
    assert.deepEqual(told(withCondition('True', 'Held'), electing), []);
    assert.deepEqual(told(electing, withCondition('True', 'Held')), []);
  });

  it('nothing of one family that is said of both', () => {
    assert.deepEqual(told(undefined, withCondition('False', 'NoAgent', 'AnnouncedIPv6')), []);
  });

  it('who holds a group from now on, before everything else', () => {
    const after = { ...withCondition('False', 'NoAgent'), holders: { 'lan-0': 'n2' } };
    assert.deepEqual(told({ holders: { 'lan-0': 'n1' } }, after), ['Normal Held', 'Warning NoAgent']);
  });
});
