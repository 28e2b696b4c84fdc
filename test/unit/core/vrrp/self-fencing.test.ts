import assert from 'node:assert/strict';
import { step } from '../../../../src/core/vrrp/virtual-router.js';
import { active, advert, backup, ms, play } from './given.js';

// At one second a peer of priority 254 waits 3007.8125 ms from the last advert: 2007.8125 ms from the missed one.
const patience = ms(2007.8125);

describe('an Active that slept', () => {
  it("beyond its peers' patience drops its addresses, says nothing, and listens for a full Active_Down_Interval", () => {
    const { router } = active();
    const now = router.deadline + patience + 1;
    const { router: next, outputs } = play(router, [now, { type: 'slept', lateness: patience + 1 }]);
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Backup (slept)']);
    assert.equal(next.deadline, now + ms(3609.375));
  });

  it('within it goes on leading', () => {
    const { router } = active();
    const now = router.deadline + patience;
    const { outputs } = play(router, [now, { type: 'slept', lateness: patience }], [now, { type: 'time' }]);
    assert.deepEqual(outputs, ['advertise 100']);
  });

  for (const [name, input] of [
    ['time', { type: 'time' }],
    ['a lower claim', advert(1)],
    ['priority 0', advert(0)],
    ['hand-over', { type: 'hand-over' }],
    ['shutdown', { type: 'shutdown' }],
  ] as const) {
    it(`fences first although its driver did not say so but gave ${name}`, () => {
      const { router } = active();
      const { outputs } = play(router, [router.deadline + patience + 1, input]);
      assert.deepEqual(outputs.slice(0, 2), ['drop-addresses', 'Active -> Backup (slept)']);
      assert.ok(!outputs.some((output) => output.startsWith('advertise')));
    });
  }

  it('leads again only when its full Active_Down_Interval has passed in silence', () => {
    const { router } = active();
    const now = router.deadline + ms(60_000);
    const { outputs } = play(router, [now, { type: 'time' }], [now + ms(3609.375), { type: 'time' }]);
    assert.equal(outputs.at(-1), 'Backup -> Active (no-response)');
  });

  it('while leaving for good is released without another word', () => {
    const { router, now } = active();
    const left = play(router, [now, { type: 'shutdown' }]);
    const { outputs } = play(left.router, [left.router.deadline + patience + 1, { type: 'time' }]);
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
  });

  it('listens by the longer of its own and the learned interval', () => {
    const learned = play(backup(), [0, advert(200, { interval: ms(2000) })]).router;
    const led = play(learned, [learned.deadline, { type: 'time' }]).router;
    const now = led.deadline + patience + 1;
    assert.equal(play(led, [now, { type: 'time' }]).router.deadline, now + ms(2 * 3609.375));
  });
});

describe('a Backup that slept', () => {
  it('more than an interval starts its timer again: adverts may have been lost', () => {
    const waiting = backup();
    const now = waiting.deadline + ms(1000) + 1;
    const { router, outputs } = play(
      waiting,
      [now, { type: 'slept', lateness: ms(1000) + 1 }],
      [now, { type: 'time' }],
    );
    assert.deepEqual(outputs, []);
    assert.equal(router.deadline, now + ms(3609.375));
  });

  it('less than an interval takes over as it should', () => {
    const waiting = backup();
    const now = waiting.deadline + ms(1000);
    const { outputs } = play(waiting, [now, { type: 'slept', lateness: ms(1000) }], [now, { type: 'time' }]);
    assert.equal(outputs[0], 'advertise 100');
  });

  it('starts it again although its driver did not say so', () => {
    const waiting = backup();
    const now = waiting.deadline + ms(1000) + 1;
    assert.equal(step(waiting, { type: 'time' }, now).router.deadline, now + ms(3609.375));
  });

  it('hears what was queued meanwhile', () => {
    const waiting = backup();
    const now = waiting.deadline + ms(5000);
    const { router } = play(waiting, [now, { type: 'slept', lateness: ms(5000) }], [now, advert(0)]);
    assert.equal(router.deadline, now + ms(609.375));
  });

  it('judges by the learned interval', () => {
    const waiting = play(backup(), [0, advert(200, { interval: ms(100) })]).router;
    const now = waiting.deadline + ms(101);
    assert.equal(play(waiting, [now, { type: 'time' }]).router.state, 'Backup');
  });
});
