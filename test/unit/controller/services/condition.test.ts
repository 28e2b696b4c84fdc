import assert from 'node:assert/strict';
import { type Condition, keepService, type Service } from '../../../../src/controller/objects/builtin-objects.js';
import {
  addressAllocated,
  conditionsChange,
  createConditionKeeper,
  reasonToWait,
} from '../../../../src/controller/services/condition.js';

const now = '2024-03-01T12:00:00Z';
const why = { reason: 'PoolFull', message: 'Eip lan is full' };
const waits: Condition = {
  type: addressAllocated,
  status: 'False',
  ...why,
  lastTransitionTime: '2024-03-01T11:00:00Z',
};
const others: Condition = { type: 'example.org/Ready', status: 'True', reason: 'Fine', observedGeneration: 3 };

function service(...conditions: readonly Condition[]): Service {
  return { metadata: { name: 'web', namespace: 'a' }, status: conditions.length === 0 ? {} : { conditions } };
}

describe('the condition of a Service that waits', () => {
  it('says why, and since when', () => {
    const [condition] = conditionsChange(service(), why, now)!;
    assert.deepEqual(condition, { type: addressAllocated, status: 'False', ...why, lastTransitionTime: now });
  });

  it('is written again only when the reason is another, and keeps its time', () => {
    assert.equal(conditionsChange(service(waits), why, now), undefined);
    const other = { reason: 'NoPool', message: 'none' };
    assert.deepEqual(conditionsChange(service(waits), other, now), [{ ...waits, ...other }]);
  });

  it('is put right when somebody wrote it', () => {
    const lie = { ...waits, status: 'True' };
    assert.deepEqual(conditionsChange(service(lie), why, now), [{ ...waits, lastTransitionTime: now }]);
    assert.deepEqual(conditionsChange(service(waits, waits), why, now), [waits]);
  });

  it('goes once nothing is waited for, and only then is anything written', () => {
    assert.deepEqual(conditionsChange(service(waits), undefined, now), []);
    assert.equal(conditionsChange(service(), undefined, now), undefined);
    assert.equal(conditionsChange(service(others), undefined, now), undefined);
  });

  it('leaves those of others as they are', () => {
    assert.deepEqual(conditionsChange(service(others), why, now)![0], others);
    assert.deepEqual(conditionsChange(service(waits, others), undefined, now), [others]);
  });

  it('is not written where that would take away what others wrote and could not be read', () => {
    const found = (conditions: unknown) =>
      keepService({ metadata: { name: 'web', namespace: 'a' }, spec: {}, status: { conditions } });
    const many = Array.from({ length: 65 }, (_, at) => ({ ...others, type: `example.org/${at}` }));
    for (const conditions of [many, [others, 'x'], [{ ...others, message: 'x'.repeat(40_000) }], [{ type: 'a' }], {}])
      for (const reason of [why, undefined]) assert.equal(conditionsChange(found(conditions), reason, now), undefined);
    assert.equal(conditionsChange(found([others]), why, now)?.length, 2);
    assert.equal(conditionsChange(found(null), why, now)?.length, 1);
  });

  it('is there for what is refused, not for a family that may be missing, and no longer than a page', () => {
    const refusal = { reason: 'PoolFull', message: 'x'.repeat(5000) } as const;
    assert.equal(reasonToWait({ outcome: 'allocated', grants: [], lacking: refusal }, ''), undefined);
    const reason = reasonToWait({ outcome: 'refused', grants: [], refusal }, '');
    assert.deepEqual([reason?.reason, reason?.message?.length], ['PoolFull', 1024]);
    const short = { reason: 'PoolFull', message: 'full' } as const;
    assert.equal(
      reasonToWait({ outcome: 'refused', grants: [], refusal: short }, '192.0.2.1')?.message,
      'full (it keeps 192.0.2.1)',
    );
  });
});

describe('the conditions of very many Services', () => {
  const keeper = () => {
    const clock = { at: 0, now: () => clock.at, wall: () => Date.parse(now) };
    return { clock, keeper: createConditionKeeper(clock) };
  };

  it('are written 100 at once and 50 a second, each at its turn', () => {
    const { clock, keeper: bounded } = keeper();
    const keys = Array.from({ length: 3000 }, (_, at) => `a/${at}`);
    const pauses = keys.map((key) => bounded.pauseMs(key));
    assert.equal(pauses.filter((ms) => ms === 0).length, 100);
    assert.equal(pauses[100 + 49], 1000);
    assert.equal(pauses.at(-1), 58_000);
    clock.at = 500;
    assert.equal(bounded.pauseMs(keys.at(-1)!), 57_500, 'it keeps its turn');
    clock.at = 58_000;
    assert.equal(bounded.pauseMs(keys.at(-1)!), 0);
    assert.equal(bounded.pauseMs('a/new'), 20, 'behind all others');
  });

  it('are not written to a server that does not keep them, but for a few after ten minutes', () => {
    const { clock, keeper: degraded } = keeper();
    const wanted = degraded.change(service(), why)!;
    assert.equal(degraded.written(wanted, service()), 600_000);
    clock.at = 599_999;
    assert.equal(degraded.change(service(), why), undefined);
    assert.deepEqual(degraded.change(service(waits), undefined), [], 'what there is goes all the same');
    assert.equal(degraded.written([], service()), undefined);
    clock.at = 600_000;
    assert.equal(degraded.change(service(), why)?.length, 1);
    assert.equal(degraded.written(wanted, service()), 600_000);
    assert.equal(degraded.change(service(), why), undefined);
  });

  it('are asked for again ten minutes after the last of several answers, however often one looks before', () => {
    const { clock, keeper: degraded } = keeper();
    assert.equal(degraded.recheckMs(), undefined, 'nothing was dropped');
    const [first, second] = [degraded.change(service(), why)!, degraded.change(service(), why)!];
    degraded.written(first, service());
    clock.at = 5;
    degraded.written(second, service());
    clock.at = 1_000;
    assert.equal(degraded.recheckMs(), 599_005);
    clock.at = 600_000;
    assert.equal(degraded.change(service(), why), undefined);
    assert.equal(degraded.recheckMs(), 5);
    clock.at = 600_005;
    assert.equal(degraded.recheckMs(), undefined, 'now is the time');
    assert.equal(degraded.written(degraded.change(service(), why)!, service(waits)), 0);
    assert.equal(degraded.recheckMs(), undefined);
  });

  it('are written once the server is seen to keep them, those of all that wait', () => {
    const { clock, keeper: upgraded } = keeper();
    const wanted = upgraded.change(service(), why)!;
    upgraded.written(wanted, service());
    clock.at = 600_000;
    assert.equal(upgraded.written(upgraded.change(service(), why)!, service(waits)), 0);
    assert.equal(upgraded.change(service(), why)?.length, 1);
    assert.equal(upgraded.written(wanted, service(waits)), undefined);
  });
});
