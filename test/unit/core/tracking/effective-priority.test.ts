import assert from 'node:assert/strict';
import {
  type CheckConfig,
  type CheckResult,
  type CheckState,
  judge,
  unchecked,
} from '../../../../src/core/tracking/check.js';
import { effectivePriority, isUnknown } from '../../../../src/core/tracking/effective-priority.js';

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
    assert.deepEqual(effectivePriority(200, [weighing(199, failed)], { lowest: 4, highest: 254 }), {
      fit: true,
      priority: 4,
      reasons: ['check web takes 199 off the priority: connection refused'],
    }));

  it('is the configured one while all checks pass', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, passing), { config, state: passing }]), {
      fit: true,
      priority: 200,
      reasons: [],
    }));
  it('loses the weight of each failed check', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, failed), weighing(20, failed)]), {
      fit: true,
      priority: 130,
      reasons: [
        'check web takes 50 off the priority: connection refused',
        'check web takes 20 off the priority: connection refused',
      ],
    }));
  it('counts a check that has not run as failed', () =>
    assert.deepEqual(effectivePriority(200, [weighing(50, unchecked)]), {
      fit: true,
      priority: 150,
      reasons: ['check web takes 50 off the priority: it has not run yet'],
    }));
  const says = (adjustment: number) => ({ config, state: judge(config, unchecked, { ok: true, adjustment }) });

  it('gains what track files say, and says so', () =>
    assert.deepEqual(effectivePriority(200, [says(10), says(5)]), {
      fit: true,
      priority: 215,
      reasons: [
        'check web adds 10 to the priority, as its file says',
        'check web adds 5 to the priority, as its file says',
      ],
    }));
  it('loses what track files say, beside the weights of failed checks', () =>
    assert.equal((effectivePriority(200, [says(-30), weighing(50, failed)]) as { priority: number }).priority, 120));
  it('never rises above 254, nor among that of ordinary members', () => {
    assert.equal((effectivePriority(200, [says(253)]) as { priority: number }).priority, 254);
    const bounds = { lowest: 1, highest: 3 };
    assert.equal((effectivePriority(2, [says(253)], bounds) as { priority: number }).priority, 3);
  });
  it('is none when a track file takes off more than 253, even for an owner', () => {
    assert.equal(effectivePriority(200, [says(-253)]).fit, true);
    for (const priority of [200, 255]) {
      assert.deepEqual(effectivePriority(priority, [says(-254)]), {
        fit: false,
        reasons: ['check web fails: its file takes 254 off the priority, and more than 253 keeps a node out'],
      });
    }
  });
  it('keeps what a track file said while the file cannot be read, until that fails the check', () => {
    const once = judge(config, judge(config, unchecked, { ok: true, adjustment: -30 }), bad);
    assert.equal((effectivePriority(200, [{ config, state: once }]) as { priority: number }).priority, 170);
    const failedAtLast = [bad, bad].reduce((state, result) => judge(config, state, result), once);
    assert.equal(effectivePriority(200, [{ config, state: failedAtLast }]).fit, false);
  });
  it('follows a track file at once', () => {
    const after = judge(config, judge(config, unchecked, { ok: true, adjustment: -30 }), { ok: true });
    assert.deepEqual(effectivePriority(200, [{ config, state: after }]), { fit: true, priority: 200, reasons: [] });
  });
  it('is unknown while a check without a weight has not run and none has failed', () => {
    const waiting = { config, state: unchecked };
    assert.ok(isUnknown(effectivePriority(200, [waiting])));
    assert.ok(!isUnknown(effectivePriority(200, [waiting, { config, state: failed }])));
    assert.ok(!isUnknown(effectivePriority(200, [weighing(50, unchecked)])));
  });

  it('never falls below 1', () =>
    assert.equal((effectivePriority(30, [weighing(200, failed)]) as { priority: number }).priority, 1));
  it('of an owner is not weighed', () =>
    assert.deepEqual(effectivePriority(255, [weighing(50, failed)]), { fit: true, priority: 255, reasons: [] }));
  it('is none when a check without a weight fails, and the reason names it', () =>
    assert.deepEqual(effectivePriority(255, [{ config, state: failed }]), {
      fit: false,
      reasons: ['check web fails: connection refused'],
    }));
  it('is none for each check that fails or has not run, by name', () => {
    const other = { config: { ...config, name: 'api' }, state: unchecked };
    assert.deepEqual(effectivePriority(200, [other, { config, state: failed }, weighing(50, failed)]), {
      fit: false,
      reasons: ['check api fails: it has not run yet', 'check web fails: connection refused'],
    });
  });
});
