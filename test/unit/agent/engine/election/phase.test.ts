import assert from 'node:assert/strict';
import type { HoldDown } from '../../../../../src/agent/engine/election/hold-down.js';
import {
  bound,
  claim,
  claimed,
  heldDown,
  initialPhase,
  isTakingPart,
  isUnbound,
  leave,
  nextOf,
  type Phase,
  standsByFor,
  unbound,
} from '../../../../../src/agent/engine/election/phase.js';
import { groupOf } from '../lan.js';

const nic = 'a router on eth0';
const refused: HoldDown = { until: 100, pause: 10, reason: 'the kernel refuses every address' };
const next = groupOf([1, 2], 1);
const takingPart = bound<string>(initialPhase(undefined), nic);
const claiming = claim(takingPart);
const leaving = leave(takingPart, next);
const phases: readonly Phase<string>[] = [
  initialPhase(undefined),
  initialPhase(refused),
  takingPart,
  bound(initialPhase(refused), nic),
  claiming,
  leaving,
  unbound(leaving),
];
const names = (all: readonly Phase<string>[]) => all.map(({ type }) => type);

describe('the phase of a member', () => {
  it('is unbound at first, or standing by after a refusal', () => {
    assert.deepEqual(names([initialPhase(undefined), initialPhase(refused)]), ['unbound', 'standing-by']);
  });

  it('standing by lasts until the time is over, and says why', () => {
    assert.equal(standsByFor(initialPhase(refused), 99), refused.reason);
    assert.equal(standsByFor(initialPhase(refused), 100), undefined);
    assert.ok(phases.every((phase) => phase.type === 'standing-by' || standsByFor(phase, 0) === undefined));
  });

  it('with a NIC is taking part, which remembers a refusal until an address is in place', () => {
    assert.deepEqual(takingPart, { type: 'taking-part', binding: nic, holdDown: undefined });
    const onTrial = bound<string>(initialPhase(refused), nic);
    assert.equal(onTrial.holdDown, refused);
    assert.deepEqual(heldDown(onTrial, undefined), takingPart);
  });

  it('without its NIC is as before it had one: standing by if it was refused, else unbound', () => {
    assert.deepEqual(names([unbound(takingPart), unbound(claiming)]), ['unbound', 'unbound']);
    assert.deepEqual(unbound(heldDown(claiming, refused)), initialPhase(refused));
  });

  it('is claiming from the moment at which it is Active until its advert is sent', () => {
    assert.equal(claiming.type, 'claiming');
    assert.deepEqual(claimed(claiming), takingPart);
    assert.equal(claimed(takingPart), takingPart);
  });

  it('of one that leaves claims nothing any more', () => {
    assert.deepEqual(leave(claiming, undefined), {
      type: 'leaving',
      binding: nic,
      holdDown: undefined,
      next: undefined,
    });
    assert.equal(claim(leaving), leaving);
  });

  it('of one that leaves keeps its NIC until its router has let go, and what was refused for whoever takes its place', () => {
    const left = leave(heldDown(takingPart, refused), next);
    assert.deepEqual(left, { type: 'leaving', binding: nic, holdDown: refused, next });
    assert.deepEqual(unbound(left), { type: 'released', holdDown: refused, next });
  });

  it('of one that leaves without a NIC is released at once', () => {
    assert.deepEqual(leave(initialPhase(refused), next), { type: 'released', holdDown: refused, next });
  });

  it('of one that leaves may get another successor, or none, but never takes part again', () => {
    const other = groupOf([1, 2], 2);
    assert.equal(nextOf(leave(leaving, other)), other);
    assert.equal(nextOf(leave(leaving, undefined)), undefined);
    for (const phase of [leaving, unbound(leaving)]) {
      for (const after of [claim(phase), claimed(phase), heldDown(phase, refused), unbound(phase)]) {
        assert.ok(!isTakingPart(after) && !isUnbound(after), after.type);
      }
    }
  });

  it('has a successor only while it goes', () => {
    assert.deepEqual(
      phases.filter((phase) => nextOf(phase) !== undefined).map(({ type }) => type),
      ['leaving', 'released'],
    );
  });

  it('has a NIC, is without one, or is over: whatever happens to it', () => {
    const acts = [claim, claimed, unbound, (phase: Phase<string>) => heldDown(phase, refused)] as const;
    for (const phase of phases) {
      for (const act of acts) {
        const after: Phase<string> = act(phase);
        const hasNic = isTakingPart(after) || after.type === 'leaving';
        assert.equal(after.binding !== undefined, hasNic, `${phase.type} to ${after.type}`);
        assert.equal(!hasNic && !isUnbound(after), after.type === 'released');
      }
    }
  });
});
