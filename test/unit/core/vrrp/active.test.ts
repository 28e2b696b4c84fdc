import assert from 'node:assert/strict';
import type { VirtualRouterConfig } from '../../../../src/core/vrrp/virtual-router.js';
import { step } from '../../../../src/core/vrrp/virtual-router.js';
import { active, advert, config, higherAddress, lowerAddress, ms, own, play } from './given.js';

describe('an Active', () => {
  it('sends an advert each interval', () => {
    const { router, now } = active();
    const { router: next, outputs } = play(
      router,
      [now + ms(1000), { type: 'time' }],
      [now + ms(2000), { type: 'time' }],
    );
    assert.deepEqual(outputs, ['advertise 100', 'advertise 100']);
    assert.equal(next.deadline, now + ms(3000));
  });

  it('sends none before the interval has passed', () => {
    const { router, now } = active();
    assert.deepEqual(step(router, { type: 'time' }, now + ms(999.999)), { router, outputs: [] });
  });

  it('keeps its cadence when it is called late', () => {
    const { router, now } = active();
    assert.equal(play(router, [now + ms(1030), { type: 'time' }]).router.deadline, now + ms(2000));
  });

  it('sends one advert, not two, when it is more than an interval late', () => {
    const { router, now } = active();
    const { router: next, outputs } = play(router, [now + ms(2500), { type: 'time' }]);
    assert.deepEqual(outputs, ['advertise 100']);
    assert.equal(next.deadline, now + ms(3500));
  });

  it('answers priority 0 with an advert and starts its interval anew', () => {
    const { router, now } = active();
    const { router: next, outputs } = play(router, [now + ms(600), advert(0)]);
    assert.deepEqual(outputs, ['advertise 100']);
    assert.equal(next.deadline, now + ms(1600));
  });

  for (const [claim, losing] of [
    ['a higher priority', advert(101, { source: lowerAddress })],
    ['its own priority from a higher address', advert(100, { source: higherAddress })],
    ['priority 255', advert(255, { source: lowerAddress })],
  ] as const) {
    it(`yields to ${claim} with a last word, by which that one knows to announce itself anew`, () => {
      const { router, now } = active();
      const { router: next, outputs } = play(router, [now + ms(100), losing]);
      assert.deepEqual(outputs, ['advertise 100', 'drop-addresses', 'Active -> Backup (better-advert)']);
      assert.equal(next.deadline, now + ms(100 + 3609.375));
    });
  }

  it('yields without a word when its own advert is overdue: it has slept, and who it hears may be gone', () => {
    const { router, now } = active();
    const { outputs } = play(router, [now + ms(1001), advert(101)]);
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Backup (better-advert)']);
  });

  it('names the router it yields to', () => {
    const { router, now } = active();
    const { outputs } = step(router, advert(101), now);
    const reported = outputs.find((output) => output.type === 'transition');
    assert.deepEqual(reported?.activeSource, higherAddress);
  });

  it('learns the interval of the router it yields to', () => {
    const { router, now } = active();
    const { router: next } = play(router, [now, advert(101, { interval: ms(100) })]);
    assert.equal(next.activeInterval, ms(100));
    assert.equal(next.deadline, now + ms(360.9375));
  });

  for (const [claim, losing] of [
    ['a lower priority', advert(99, { source: higherAddress })],
    ['its own priority from a lower address', advert(100, { source: lowerAddress })],
  ] as const) {
    it(`answers ${claim} with an advert at once and stays`, () => {
      const { router, now } = active();
      const { router: next, outputs } = play(router, [now + ms(100), losing]);
      assert.deepEqual(outputs, ['advertise 100']);
      assert.equal(next.state, 'Active');
      assert.equal(next.deadline, router.deadline);
    });
  }

  it('compares addresses as unsigned numbers in network order', () => {
    const { router, now } = active({ source: Uint8Array.of(127, 255, 255, 255) });
    assert.equal(play(router, [now, advert(100, { source: Uint8Array.of(128, 0, 0, 0) })]).router.state, 'Backup');
    assert.equal(play(router, [now, advert(100, { source: Uint8Array.of(2, 200, 200, 200) })]).router.state, 'Active');
  });

  it('breaks ties the same way over IPv6', () => {
    const linkLocal = (last: number) => Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
    const { router, now } = active({ family: 6, source: linkLocal(9) });
    assert.equal(play(router, [now, advert(100, { source: linkLocal(200) })]).router.state, 'Backup');
    assert.equal(play(router, [now, advert(100, { source: linkLocal(8) })]).router.state, 'Active');
  });

  it('is not moved by preemption being off: that is for Backups', () => {
    const { router, now } = active({ preempt: false });
    assert.equal(play(router, [now, advert(101)]).router.state, 'Backup');
  });

  it('announces again after a lower claim, which may have poisoned caches, at most once a second', () => {
    const { router, now } = active();
    const { outputs } = play(
      router,
      [now + ms(999), advert(99)],
      [now + ms(1000), { type: 'time' }],
      [now + ms(1000), advert(99)],
      [now + ms(1500), advert(99)],
      [now + ms(2000), { type: 'time' }],
      [now + ms(2000), advert(99)],
    );
    const again = ['advertise 100', 'advertise 100', 'announce'];
    assert.deepEqual(outputs, ['advertise 100', ...again, 'advertise 100', ...again]);
  });

  it('that slept, so that its advert is overdue, yields to whoever claims leadership: it has been succeeded', () => {
    const { router, now } = active();
    const slept = play(router, [now + ms(1_251), advert(99)]);
    assert.deepEqual(slept.outputs, ['drop-addresses', 'Active -> Backup (slept)']);
    assert.equal(slept.router.state, 'Backup');
    const late = play(router, [now + ms(1_249), advert(99)]);
    assert.equal(late.outputs[0], 'advertise 100');
  });

  it('that slept and preempts contends with a lower one, which it would replace in any case', () => {
    const { router, now } = active({ preempt: true });
    assert.equal(play(router, [now + ms(1_500), advert(99)]).outputs[0], 'advertise 100');
  });

  it('does not announce again for its own adverts or for priority 0', () => {
    const { router, now } = active();
    const { outputs } = play(router, [now + ms(1000), { type: 'time' }], [now + ms(1500), advert(0)]);
    assert.deepEqual(outputs, ['advertise 100', 'advertise 100']);
  });

  it('lets go when its link is down, and says nothing into the void', () => {
    const { router, now } = active();
    const { outputs } = play(router, [now + ms(10), { type: 'link-down' }], [now + ms(9000), { type: 'time' }]);
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Initialize (link-down)']);
  });

  it('comes back as a Backup when its link does', () => {
    const { router, now } = active();
    const { router: next } = play(router, [now, { type: 'link-down' }], [now + ms(10), { type: 'link-up' }]);
    assert.equal(next.state, 'Backup');
    assert.equal(next.deadline, now + ms(10 + 3609.375));
  });

  it('that owns the addresses is Active again as soon as its link is', () => {
    const { router, now } = active({ priority: 255 });
    const { outputs } = play(router, [now, { type: 'link-down' }], [now + ms(10), { type: 'link-up' }]);
    assert.deepEqual(outputs.slice(2), ['advertise 255', 'take-addresses', 'announce', 'Initialize -> Active (owner)']);
  });

  it('gives up at an immediate shutdown: priority 0 first, addresses next', () => {
    const { router, now } = active();
    const { outputs } = play(router, [now, { type: 'shutdown', immediate: true }], [now + ms(5000), { type: 'time' }]);
    assert.deepEqual(outputs, ['advertise 0', 'drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
  });

  it('ignores being started twice', () => {
    const { router, now } = active();
    assert.deepEqual(step(router, { type: 'startup' }, now), { router, outputs: [] });
  });
});

describe('an Active that is reconfigured', () => {
  const reconfigured = (changes: Partial<VirtualRouterConfig>, handOver = false) => {
    const { router, now } = active();
    const { router: next, outputs } = play(router, [
      now + ms(10),
      { type: 'configure', config: config(changes), handOver },
    ]);
    return { next, outputs, now: now + ms(10) };
  };

  it('tells peers its new priority at once and stays Active, even below theirs', () => {
    const { next, outputs, now } = reconfigured({ priority: 1 });
    assert.deepEqual(outputs, ['advertise 1']);
    assert.equal(next.state, 'Active');
    assert.equal(next.deadline, now + ms(1000));
  });

  it('tells peers a longer interval twice within the former one', () => {
    const { next, outputs, now } = reconfigured({ advertisementInterval: ms(5000) });
    assert.deepEqual(outputs, ['advertise 100']);
    assert.equal(next.deadline, now + ms(1000));
    const after = play(next, [next.deadline, { type: 'time' }]);
    assert.deepEqual(after.outputs, ['advertise 100']);
    assert.equal(after.router.deadline, now + ms(6000));
  });

  it('keeps to a shorter interval from now on', () => {
    const { next, now } = reconfigured({ advertisementInterval: ms(100) });
    assert.equal(next.deadline, now + ms(100));
  });

  it('says nothing when only preemption changes', () => {
    assert.deepEqual(reconfigured({ preempt: true }).outputs, []);
  });

  it('hands over instead when it is told to', () => {
    const { next, outputs } = reconfigured({ priority: 1 }, true);
    assert.deepEqual(outputs, ['advertise 0']);
    assert.equal(next.state, 'Active');
  });

  it('breaks ties with its new address', () => {
    const { next, now } = reconfigured({ source: Uint8Array.of(192, 0, 2, 250) });
    assert.equal(play(next, [now, advert(100, { source: higherAddress })]).router.state, 'Active');
    assert.equal(play(active({ source: own }).router, [now, advert(100)]).router.state, 'Backup');
  });
});

describe('two routers of different arrival order', () => {
  it('agree on the better one', () => {
    const adverts = [advert(120), advert(90), advert(110)];
    const ends = [adverts, adverts.toReversed()].map((order) => {
      const { router, now } = active();
      return order.reduce((current, input) => step(current, input, now).router, router).state;
    });
    assert.deepEqual(ends, ['Backup', 'Backup']);
  });
});
