import assert from 'node:assert/strict';
import { type Input, step } from '../../../../src/core/vrrp/virtual-router.js';
import { advert, backup, config, higherAddress, lowerAddress, ms, play } from './given.js';

describe('a Backup', () => {
  it('takes over when its Active_Down_Timer runs out: advert, addresses, announcement, in that order', () => {
    const { router, outputs } = play(backup(), [ms(3609.375), { type: 'time' }]);
    assert.deepEqual(outputs, ['advertise 100', 'take-addresses', 'announce', 'Backup -> Active (unopposed)']);
    assert.equal(router.deadline, ms(4609.375));
  });

  it('says whether it took over from somebody, or was the first', () => {
    const followed = play(backup(), [ms(500), advert(200)], [ms(4_109.375), { type: 'time' }]);
    assert.equal(followed.outputs.at(-1), 'Backup -> Active (no-response)');
    const given = play(backup(), [ms(500), advert(0)], [ms(1_109.375), { type: 'time' }]);
    assert.equal(given.outputs.at(-1), 'Backup -> Active (priority-zero)');
    const slept = play(backup(), [ms(9_000), { type: 'time' }], [ms(12_609.375), { type: 'time' }]);
    assert.equal(slept.outputs.at(-1), 'Backup -> Active (unopposed)');
  });

  it('does nothing a microsecond before', () => {
    const waiting = backup();
    const { router, outputs } = step(waiting, { type: 'time' }, ms(3609.375) - 1);
    assert.equal(router, waiting);
    assert.deepEqual(outputs, []);
  });

  it('waits only its Skew_Time after priority 0', () => {
    const { router, outputs } = play(backup(), [ms(700), advert(0)]);
    assert.equal(router.deadline, ms(700 + 609.375));
    assert.deepEqual(outputs, []);
    const after = play(router, [router.deadline, { type: 'time' }]);
    assert.equal(after.outputs.at(-1), 'Backup -> Active (priority-zero)');
  });

  it('waits no longer when priority 0 is said again', () => {
    const { router } = play(backup(), [ms(700), advert(0)], [ms(750), advert(0)], [ms(800), advert(0)]);
    assert.equal(router.deadline, ms(700 + 609.375));
  });

  it('has the addresses before it claims a virtual MAC that was given up, but not one that was lost', () => {
    const virtual = { virtualMac: true };
    const given = play(backup(virtual), [ms(500), advert(0)], [ms(500 + 609.375), { type: 'time' }]);
    assert.deepEqual(given.outputs.slice(0, 2), ['take-addresses', 'advertise 100']);
    const lost = play(backup(virtual), [ms(3609.375), { type: 'time' }]);
    assert.deepEqual(lost.outputs.slice(0, 2), ['advertise 100', 'take-addresses']);
  });

  describe('whose Active neither speaks nor answers', () => {
    const lost = { type: 'peer-lost', source: higherAddress, spread: ms(1000), patient: false } as const;
    const following = () => play(backup(), [ms(500), advert(200)]).router;

    it('takes over after a skew, and says why', () => {
      const { router } = play(following(), [ms(1700), lost]);
      assert.equal(router.deadline, ms(1700 + 609.375));
      const { outputs } = play(router, [router.deadline, { type: 'time' }]);
      assert.deepEqual(outputs, ['advertise 100', 'take-addresses', 'announce', 'Backup -> Active (peer-lost)']);
    });

    it('has the addresses before it claims a virtual MAC from a kernel that answers still', () => {
      const { router } = play(backup({ virtualMac: true }), [ms(500), advert(200)], [ms(1700), lost]);
      const { outputs } = play(router, [router.deadline, { type: 'time' }]);
      assert.deepEqual(outputs.slice(0, 2), ['take-addresses', 'advertise 100']);
    });

    it('advertises first with IPv6, whose addresses take a while until they answer', () => {
      const [self, source] = [11, 200].map((last) => Uint8Array.of(0xfe, 0x80, ...new Uint8Array(13), last));
      const heard: Input = {
        type: 'advert',
        source: source!,
        advert: { version: 3, family: 6, virtualRouterId: 51, priority: 200, interval: ms(1000), addresses: [] },
      };
      const start = backup({ virtualMac: true, family: 6, source: self! });
      const { router } = play(start, [ms(500), heard], [ms(1700), { ...lost, source: source! }]);
      assert.equal(router.takeOverReason, 'peer-lost');
      const { outputs } = play(router, [router.deadline, { type: 'time' }]);
      assert.deepEqual(outputs.slice(0, 2), ['advertise 100', 'take-addresses']);
    });

    it('waits for a skew of the spread that it is told, if that is shorter than the interval', () => {
      const { router } = play(following(), [ms(600), { ...lost, spread: ms(150) }]);
      assert.equal(router.deadline, ms(600 + (150 * 156) / 256));
      const slow = play(following(), [ms(600), { ...lost, spread: ms(9000) }]);
      assert.equal(slow.router.deadline, ms(600 + 609.375));
    });

    it('waits for no better Backup than there can be: the best for none at all, others for as long as they are behind it', () => {
      for (const [best, skew] of [
        [100, 0],
        [0, 0],
        [120, (1000 * 20) / 256],
      ] as const) {
        const { router } = play(following(), [ms(1700), { ...lost, best }]);
        assert.equal(router.deadline, ms(1700 + skew));
      }
    });

    it('that is told to be patient waits until an advert is overdue as well', () => {
      const { router } = play(following(), [ms(800), { ...lost, patient: true }]);
      assert.equal(router.deadline, ms(1500 + 609.375));
      const overdue = play(following(), [ms(1700), { ...lost, patient: true }]);
      assert.equal(overdue.router.deadline, ms(1700 + 609.375));
    });

    it('stays when the Active speaks after all', () => {
      const { router } = play(following(), [ms(1700), lost], [ms(1800), advert(200)]);
      assert.equal(router.deadline, ms(1800 + 3609.375));
    });

    it('never waits for longer because of it', () => {
      const { router } = play(following(), [ms(4000), lost]);
      assert.equal(router.deadline, ms(500 + 3609.375));
      const again = play(following(), [ms(1700), lost], [ms(1900), lost]);
      assert.equal(again.router.deadline, ms(1700 + 609.375));
      const after = play(following(), [ms(700), advert(0)], [ms(900), lost]);
      assert.equal(after.router.deadline, ms(700 + 609.375));
    });

    it('is not moved by what is said of another, or before it follows anybody', () => {
      for (const router of [following(), backup()]) {
        const { deadline } = play(router, [ms(1700), { ...lost, source: lowerAddress }]).router;
        assert.equal(deadline, router.deadline);
      }
      const leaderless = backup();
      assert.equal(play(leaderless, [ms(1700), lost]).router.deadline, leaderless.deadline);
    });
  });

  it('stays when a live Active speaks again after priority 0', () => {
    const { router } = play(backup(), [ms(700), advert(0)], [ms(800), advert(150)]);
    assert.equal(router.deadline, ms(800 + 3609.375));
  });

  for (const priority of [100, 101, 255]) {
    it(`that preempts waits another Active_Down_Interval after priority ${priority}, not below its own 100`, () => {
      const { router, outputs } = play(backup({ preempt: true }), [ms(500), advert(priority)]);
      assert.equal(router.deadline, ms(500 + 3609.375));
      assert.deepEqual(outputs, []);
    });
  }

  it('never compares addresses between equal priorities', () => {
    for (const source of [lowerAddress, higherAddress]) {
      const { router } = play(backup({ preempt: true }), [ms(500), advert(100, { source })]);
      assert.equal(router.state, 'Backup');
      assert.equal(router.deadline, ms(500 + 3609.375));
    }
  });

  it('that does not preempt follows a lower Active', () => {
    const { router } = play(backup(), [ms(500), advert(1)]);
    assert.equal(router.deadline, ms(500 + 3609.375));
  });

  it('that preempts lets its timer run on under a lower Active, and takes over when it runs out', () => {
    const { router, outputs } = play(
      backup({ preempt: true }),
      [ms(500), advert(99)],
      [ms(3609.375), { type: 'time' }],
    );
    assert.equal(router.state, 'Active');
    assert.equal(outputs.at(-1), 'Backup -> Active (preempt)');
  });

  it('that preempts does not do so at once', () => {
    assert.equal(play(backup({ preempt: true }), [ms(500), advert(99)]).router.state, 'Backup');
  });

  it('that preempts learns no interval from a lower Active', () => {
    const { router } = play(backup({ preempt: true }), [ms(500), advert(99, { interval: ms(100) })]);
    assert.equal(router.activeInterval, ms(1000));
  });

  describe('of a group with members of last resort', () => {
    const ordinary = { lastResorts: 3 };

    it('takes over from one of them that lives, also when it does not preempt', () => {
      const { router, outputs } = play(backup(ordinary), [ms(500), advert(3)], [ms(3609.375), { type: 'time' }]);
      assert.equal(router.state, 'Active');
      assert.equal(outputs.at(-1), 'Backup -> Active (preempt)');
    });

    it('follows any other Active', () => {
      assert.equal(play(backup(ordinary), [ms(500), advert(4)]).router.deadline, ms(500 + 3609.375));
    });

    it('gives it the delay that a preempting one gives', () => {
      const { router } = play(backup({ ...ordinary, preemptDelay: ms(10_000) }), [ms(500), advert(3)]);
      assert.equal(router.deadline, ms(500 + 3609.375));
    });

    it('follows it when it is of last resort itself', () => {
      const { router } = play(backup({ priority: 2, lastResorts: 3 }), [ms(500), advert(1)]);
      assert.ok(router.deadline > ms(4000), `${router.deadline}`);
    });

    it('begins its delay anew when it is of last resort no more', () => {
      const preempting = { preempt: true, preemptDelay: ms(5_000) };
      const waiting = backup({ ...preempting, priority: 2, lastResorts: 3 });
      const { router } = play(
        waiting,
        [ms(3_000), advert(200)],
        [ms(6_000), { type: 'configure', config: config({ ...preempting, priority: 250 }) }],
        [ms(6_100), advert(200)],
        [ms(8_000), advert(200)],
        [ms(10_900), advert(200)],
      );
      assert.equal(router.takeOverReason, 'no-response');
      assert.equal(play(router, [ms(11_100), advert(200)]).router.takeOverReason, 'preempt');
    });
  });

  it('learns the interval of the Active it follows', () => {
    const { router } = play(backup(), [ms(500), advert(200, { interval: ms(100) })]);
    assert.equal(router.activeInterval, ms(100));
    assert.equal(router.deadline, ms(500 + 360.9375));
  });

  it('that has learned an interval skews by it after priority 0', () => {
    const { router } = play(backup(), [ms(500), advert(200, { interval: ms(100) })], [ms(550), advert(0)]);
    assert.equal(router.deadline, ms(550 + 60.9375));
  });

  it('of version 2 learns nothing', () => {
    const { router } = play(backup({ version: 2 }), [ms(500), advert(200, { version: 2, interval: ms(7000) })]);
    assert.equal(router.activeInterval, ms(1000));
    assert.equal(router.deadline, ms(500 + 3609.375));
  });

  it('sends with its own interval once it is Active, whatever it learned', () => {
    const { router } = play(backup(), [0, advert(200, { interval: ms(100) })], [ms(360.9375), { type: 'time' }]);
    assert.equal(router.deadline, ms(360.9375 + 1000));
  });

  it('stops listening at shutdown', () => {
    const { router, outputs } = play(backup(), [ms(1), { type: 'shutdown' }], [ms(1e6), { type: 'time' }]);
    assert.equal(router.state, 'Initialize');
    assert.deepEqual(outputs, ['Backup -> Initialize (shutdown)', 'released']);
  });

  it('sends no priority 0 at shutdown, planned or immediate', () => {
    for (const immediate of [true, false]) {
      const { outputs } = play(backup(), [ms(1), { type: 'shutdown', immediate }]);
      assert.deepEqual(outputs, ['Backup -> Initialize (shutdown)', 'released']);
    }
  });

  it('starts from the beginning when its link went away and came back', () => {
    const { router, outputs } = play(backup(), [ms(3600), { type: 'link-down' }], [ms(5000), { type: 'link-up' }]);
    assert.deepEqual(outputs, ['Backup -> Initialize (link-down)', 'Initialize -> Backup (link-up)']);
    assert.equal(router.deadline, ms(5000 + 3609.375));
  });

  it('takes no notice of a hand-over: it has nothing to give', () => {
    const waiting = backup();
    assert.deepEqual(step(waiting, { type: 'hand-over' }, ms(1)), { router: waiting, outputs: [] });
  });
});

describe('a Backup with a preempt delay', () => {
  const delayed = { preempt: true, preemptDelay: ms(10_000) };

  it('leaves a lower, live Active alone until the delay since start-up has passed', () => {
    const { router } = play(backup(delayed), [ms(3000), advert(50)]);
    assert.equal(router.deadline, ms(3000 + 3609.375));
  });

  it('preempts it afterwards', () => {
    const { router, outputs } = play(
      backup(delayed),
      [ms(9000), advert(50)],
      [ms(10_000), advert(50)],
      [ms(11_000), advert(50)],
      [ms(9000 + 3609.375), { type: 'time' }],
    );
    assert.equal(router.state, 'Active');
    assert.equal(outputs.at(-1), 'Backup -> Active (preempt)');
  });

  it('takes over from a dead Active without any delay', () => {
    const { router } = play(backup(delayed), [ms(100), advert(50)], [ms(100 + 3609.375), { type: 'time' }]);
    assert.equal(router.state, 'Active');
  });

  it('counts the delay anew when its link comes back', () => {
    const { router } = play(
      backup(delayed),
      [ms(20_000), { type: 'link-down' }],
      [ms(30_000), { type: 'link-up' }],
      [ms(33_000), advert(50)],
    );
    assert.equal(router.deadline, ms(33_000 + 3609.375));
  });
});

describe('an owner that is Backup', () => {
  const owner = play(backup({ priority: 255 }), [0, advert(255)]).router;

  it('got there only by a second owner with a higher address', () => {
    assert.equal(owner.state, 'Backup');
    assert.equal(play(backup({ priority: 255 }), [0, advert(255, { source: lowerAddress })]).router.state, 'Active');
  });

  it('preempts a lower Active although preemption is off and delayed', () => {
    const patient = play(owner, [0, { type: 'configure', config: config({ priority: 255, preemptDelay: ms(1e9) }) }]);
    const { router } = play(patient.router, [ms(1), advert(254)]);
    assert.equal(router.deadline, owner.deadline);
    assert.equal(play(router, [router.deadline, { type: 'time' }]).router.state, 'Active');
  });
});

describe('a Backup that is reconfigured', () => {
  it('moves its running timer by the change of its skew', () => {
    const { router } = play(
      backup(),
      [ms(500), advert(200)],
      [ms(900), { type: 'configure', config: config({ priority: 228 }) }],
    );
    assert.equal(router.deadline, ms(500 + 3000 + 109.375));
  });

  it('moves its skew timer too', () => {
    const { router } = play(
      backup(),
      [ms(500), advert(0)],
      [ms(501), { type: 'configure', config: config({ priority: 228 }) }],
    );
    assert.equal(router.deadline, ms(500 + 109.375));
  });

  it('moves its skew timer as such when a lower Active, which it preempts, has spoken since', () => {
    const { router } = play(
      backup({ preempt: true }),
      [ms(500), advert(0)],
      [ms(501), advert(99)],
      [ms(502), { type: 'configure', config: config({ preempt: true, advertisementInterval: ms(500) }) }],
    );
    assert.equal(router.deadline, ms(500 + 304.6875));
  });

  it('waits its new interval when it has heard nobody', () => {
    const changed = config({ advertisementInterval: ms(100) });
    const { router } = play(backup(), [ms(50), { type: 'configure', config: changed }]);
    assert.equal(router.deadline, ms(360.9375));
  });

  it('keeps the interval it learned', () => {
    const changed = config({ advertisementInterval: ms(100) });
    const { router } = play(backup(), [0, advert(200)], [ms(50), { type: 'configure', config: changed }]);
    assert.equal(router.deadline, ms(3609.375));
  });

  it('whose new timer would have run out long ago takes over at once, as one that did not sleep', () => {
    const changed = config({ advertisementInterval: ms(10) });
    const { router } = play(backup(), [ms(3000), { type: 'configure', config: changed }]);
    assert.equal(router.deadline, ms(3000));
    assert.equal(play(router, [ms(3000), { type: 'time' }]).router.state, 'Active');
  });
});
