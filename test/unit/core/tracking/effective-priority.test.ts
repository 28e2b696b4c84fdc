import assert from 'node:assert/strict';
import {
  type CheckConfig,
  type CheckResult,
  type CheckState,
  judge,
  unchecked,
} from '../../../../src/core/tracking/check.js';
import { effectivePriority } from '../../../../src/core/tracking/effective-priority.js';

const ok: CheckResult = { ok: true };
const bad: CheckResult = { ok: false, reason: 'connection refused' };
const config: CheckConfig = { name: 'web', rise: 2, fall: 3 };

describe('a check', () => {
  const cases: readonly [claim: string, results: readonly CheckResult[], verdict: CheckState['verdict']][] = [
    ['is unknown before its first result', [], 'unknown'],
    ['passes at its first success', [ok], 'passing'],
    ['fails at its first failure', [bad], 'failed'],
    ['goes on passing below `fall` failures in a row', [ok, bad, bad], 'passing'],
    ['fails at `fall` failures in a row', [ok, bad, bad, bad], 'failed'],
    ['forgets failures at a success', [ok, bad, bad, ok, bad, bad], 'passing'],
    ['stays failed below `rise` successes in a row', [bad, ok], 'failed'],
    ['passes again at `rise` successes in a row', [bad, ok, ok], 'passing'],
    ['forgets successes at a failure', [bad, ok, bad, ok], 'failed'],
  ];
  for (const [claim, results, verdict] of cases) {
    it(claim, () =>
      assert.equal(results.reduce((state, result) => judge(config, state, result), unchecked).verdict, verdict),
    );
  }
});

describe('the priority of a node with checks', () => {
  const passing = judge(config, unchecked, ok);
  const failed = judge(config, unchecked, bad);
  const weighing = (weight: number, state: CheckState) => ({ config: { ...config, weight }, state });

  it('never falls among those of members of last resort', () =>
    assert.deepEqual(
      effectivePriority(200, [weighing(199, failed)], 4).fit && effectivePriority(200, [weighing(199, failed)], 4),
      {
        fit: true,
        priority: 4,
        reason: 'check web takes 199 off the priority: connection refused',
      },
    ));

  it('is the configured one while all checks pass', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, passing), { config, state: passing }]), {
      fit: true,
      priority: 200,
    }));
  it('loses the weight of each failed check', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, failed), weighing(20, failed)]), {
      fit: true,
      priority: 130,
      reason:
        'check web takes 50 off the priority: connection refused; check web takes 20 off the priority: connection refused',
    }));
  it('counts a check that has not run as failed', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, unchecked)]), {
      fit: true,
      priority: 150,
      reason: 'check web takes 50 off the priority: it has not run yet',
    }));
  it('never falls below 1', () =>
    assert.equal((effectivePriority(30, [weighing(200, failed)]) as { priority: number }).priority, 1));
  it('of an owner is not weighed', () =>
    assert.deepEqual(effectivePriority(255, [weighing(50, failed)]), { fit: true, priority: 255 }));
  it('is none when a check without a weight fails, and the reason names it', () =>
    assert.deepEqual(effectivePriority(255, [{ config, state: failed }]), {
      fit: false,
      reason: 'check web fails: connection refused',
    }));
});
