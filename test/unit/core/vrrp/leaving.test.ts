import assert from 'node:assert/strict';
import { type Input, step, type VirtualRouterConfig } from '../../../../src/core/vrrp/virtual-router.js';
import { active, advert, config, lowerAddress, ms, play } from './given.js';

const shutdown: Input = { type: 'shutdown' };
const handOver: Input = { type: 'hand-over' };

function leaving(input: Input, changes: Partial<VirtualRouterConfig> = {}) {
  const { router, now } = active({ advertisementInterval: ms(250), ...changes });
  return { ...play(router, [now, input]), now };
}

for (const [name, input] of [
  ['shut down', shutdown],
  ['to hand over', handOver],
] as const) {
  describe(`an Active that is asked ${name === 'shut down' ? `to ${name}` : name}`, () => {
    it('says priority 0 first and keeps its addresses', () => {
      const { router, outputs } = leaving(input);
      assert.deepEqual(outputs, ['advertise 0']);
      assert.equal(router.state, 'Active');
    });

    it('repeats priority 0 each interval and says nothing else while nobody takes over', () => {
      const { router, now } = leaving(input);
      assert.equal(router.deadline, now + ms(250));
      const { router: next, outputs } = play(
        router,
        [now + ms(250), { type: 'time' }],
        [now + ms(500), { type: 'time' }],
      );
      assert.deepEqual(outputs, ['advertise 0', 'advertise 0']);
      assert.equal(next.state, 'Active');
    });

    it('answers no claim, lower or equal or higher: any is its successor', () => {
      for (const claim of [advert(1), advert(100, { source: lowerAddress }), advert(254)]) {
        const { router, now } = leaving(input);
        assert.deepEqual(play(router, [now + ms(153), claim]).outputs, []);
      }
    });

    it('lets go 100 ms after the first advert of its successor, not after a later one', () => {
      const { router, now } = leaving(input);
      const { router: next, outputs } = play(router, [now + ms(150), advert(90)], [now + ms(200), advert(90)]);
      assert.deepEqual(outputs, []);
      assert.equal(next.deadline, now + ms(250));
      assert.deepEqual(play(next, [now + ms(249), { type: 'time' }]).outputs, []);
      assert.equal(play(next, [now + ms(250), { type: 'time' }]).outputs[0], 'drop-addresses');
    });

    it('stops repeating priority 0 once its successor has spoken', () => {
      const { router, now } = leaving(input);
      const { outputs } = play(router, [now + ms(240), advert(90)], [now + ms(251), { type: 'time' }]);
      assert.deepEqual(outputs, []);
    });

    it('does not take the priority 0 of another leaver for a successor', () => {
      const { router, now } = leaving(input);
      const { router: next } = play(router, [now + ms(10), advert(0)]);
      assert.equal(next.leaving?.releaseAt, Number.POSITIVE_INFINITY);
    });

    it('takes a new configuration without a word', () => {
      const { router, now } = leaving(input);
      const { outputs } = play(router, [
        now + ms(10),
        { type: 'configure', config: config({ priority: 7 }), handOver: true },
      ]);
      assert.deepEqual(outputs, []);
    });

    it('follows its successor as its new configuration says', () => {
      const { router, now } = leaving(input, { priority: 1 });
      const { router: next } = play(
        router,
        [now + ms(10), advert(90, { interval: ms(250) })],
        [now + ms(60), { type: 'configure', config: config({ priority: 129, advertisementInterval: ms(250) }) }],
      );
      assert.equal(next.deadline, now + ms(110));
      assert.equal(next.activeDownAt, now + ms(10 + 750 + (127 / 256) * 250));
    });

    it('lets go at once when the link goes down', () => {
      const { router, now } = leaving(input);
      const { router: next, outputs } = play(router, [now + ms(10), { type: 'link-down' }]);
      assert.equal(outputs[0], 'drop-addresses');
      assert.equal(outputs.at(-1), input === shutdown ? 'released' : 'Active -> Initialize (link-down)');
      assert.equal(next.state, 'Initialize');
    });

    it('lets go at once when the shutdown becomes immediate', () => {
      const { router, now } = leaving(input);
      const { outputs } = play(router, [now + ms(10), { type: 'shutdown', immediate: true }]);
      assert.deepEqual(outputs, ['drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
    });
  });
}

describe('an Active that shuts down', () => {
  it('drops its addresses, then is released', () => {
    const { router, now } = leaving(shutdown);
    const { outputs } = play(router, [now + ms(150), advert(90)], [now + ms(250), { type: 'time' }]);
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
  });

  it('waits for nobody longer than four intervals', () => {
    const { router, now } = leaving(shutdown);
    const { router: next, outputs } = play(
      router,
      [now + ms(250), { type: 'time' }],
      [now + ms(500), { type: 'time' }],
      [now + ms(750), { type: 'time' }],
    );
    assert.deepEqual(outputs, ['advertise 0', 'advertise 0', 'advertise 0']);
    assert.equal(next.deadline, now + ms(1000));
    const end = play(next, [now + ms(1000), { type: 'time' }]);
    assert.deepEqual(end.outputs, ['drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
  });

  it('waits at least 300 ms, however short its interval', () => {
    const { router, now } = leaving(shutdown, { advertisementInterval: ms(10) });
    assert.equal(router.leaving?.giveUpAt, now + ms(300));
  });

  it('does not care for its priority: an owner leaves the same way', () => {
    const { router, outputs } = leaving(shutdown, { priority: 255 });
    assert.deepEqual(outputs, ['advertise 0']);
    assert.equal(router.state, 'Active');
  });

  it('cannot be stopped by a start-up or a hand-over', () => {
    const { router, now } = leaving(shutdown);
    for (const input of [{ type: 'startup' }, handOver] satisfies Input[]) {
      assert.deepEqual(step(router, input, now + ms(1)), { router, outputs: [] });
    }
  });

  it('says nothing after it was released', () => {
    const { router, now } = leaving(shutdown);
    const { outputs } = play(
      router,
      [now + ms(150), advert(90)],
      [now + ms(250), { type: 'time' }],
      [now + ms(300), advert(0)],
      [now + ms(310), advert(1)],
      [now + ms(320), { type: 'link-down' }],
      [now + ms(330), { type: 'link-up' }],
      [now + ms(9000), { type: 'time' }],
      [now + ms(9000), { type: 'shutdown' }],
    );
    assert.equal(outputs.indexOf('released'), outputs.length - 1);
  });
});

describe('an Active that leaves a group in which others come', () => {
  it('repeats priority 0 as often as it was told to', () => {
    const { router, now } = leaving(shutdown, { resignationInterval: ms(50) });
    assert.equal(router.deadline, now + ms(50));
    const { router: next, outputs } = play(router, [now + ms(50), { type: 'time' }], [now + ms(100), { type: 'time' }]);
    assert.deepEqual(outputs, ['advertise 0', 'advertise 0']);
    assert.equal(next.deadline, now + ms(150));
  });
});

describe('an Active that hands over', () => {
  it('becomes a Backup of its successor, with the interval that one has', () => {
    const { router, now } = leaving(handOver);
    const { router: next, outputs } = play(
      router,
      [now + ms(150), advert(90, { interval: ms(1000) })],
      [now + ms(250), { type: 'time' }],
    );
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Backup (hand-over)']);
    assert.equal(next.deadline, now + ms(150 + 3609.375));
  });

  it('follows a successor of lower priority although it preempts, until it has let go', () => {
    const { router, now } = leaving(handOver, { preempt: true });
    const { router: next } = play(router, [now + ms(150), advert(90)], [now + ms(250), { type: 'time' }]);
    assert.equal(next.state, 'Backup');
    assert.equal(next.deadline, now + ms(150 + 3609.375));
  });

  it('takes back from a successor that gives up meanwhile after its Skew_Time', () => {
    const { router, now } = leaving(handOver);
    const { router: next } = play(
      router,
      [now + ms(150), advert(90, { interval: ms(250) })],
      [now + ms(200), advert(0)],
      [now + ms(250), { type: 'time' }],
    );
    assert.equal(next.state, 'Backup');
    assert.equal(next.deadline, now + ms(200 + (156 * 250) / 256));
  });

  it('leads on with an advert of its own when nobody takes over, and announces its addresses anew', () => {
    const { router, now } = leaving(handOver);
    const { router: next, outputs } = play(
      router,
      [now + ms(250), { type: 'time' }],
      [now + ms(500), { type: 'time' }],
      [now + ms(750), { type: 'time' }],
      [now + ms(1000), { type: 'time' }],
    );
    assert.deepEqual(outputs, ['advertise 0', 'advertise 0', 'advertise 0', 'advertise 100', 'announce']);
    assert.equal(next.leaving, undefined);
    assert.equal(next.deadline, now + ms(1250));
  });

  it('shuts down instead when it is asked to meanwhile', () => {
    const { router, now } = leaving(handOver);
    const { outputs } = play(
      router,
      [now + ms(100), shutdown],
      [now + ms(150), advert(90)],
      [now + ms(250), { type: 'time' }],
    );
    assert.deepEqual(outputs, ['drop-addresses', 'Active -> Initialize (shutdown)', 'released']);
  });
});
