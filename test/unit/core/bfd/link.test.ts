import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Checkpoint, checkpointOf, restartTiming, resumeSession } from '../../../../src/core/bfd/restart.js';
import type { Session, Timing } from '../../../../src/core/bfd/session.js';
import { neighborPatience, transmitInterval } from '../../../../src/core/bfd/timers.js';
import { seededRandom } from '../../../fuzz/random.js';
import { ms, words } from './given.js';
import { connect, give, type LinkQuality, type Pair, run, wake } from './link.js';

const interval = fc.constantFrom(50, 100, 300, 1000).map(ms);
const timing: fc.Arbitrary<Timing> = fc.record(
  { desiredMinTx: interval, requiredMinRx: interval, detectMult: fc.constantFrom(1, 2, 3, 5) },
  { noNullPrototype: true },
);

/** A link on which the time under way varies by less than a tenth of the shortest interval. */
const good: fc.Arbitrary<LinkQuality> = fc
  .tuple(fc.integer({ min: 0, max: ms(30) }), fc.integer({ min: 0, max: ms(4) }))
  .map(([least, more]) => ({ loss: [0, 0], delay: { least, most: least + more } }));

/** Two ends, made anew each time, so that a failure is replayed from the beginning. */
const pair: fc.Arbitrary<() => Pair> = fc.tuple(timing, timing, fc.nat()).map(([first, second, seed]) => () => {
  const random = seededRandom(seed);
  return connect([first, second], () => random(2 ** 30) / 2 ** 30);
});

/** Longer than any handshake with a second between packets. */
const untilUp = ms(6000);

describe('two BFD sessions', function () {
  this.timeout(60_000);

  it('over a good link are both Up soon, agree on their timing, and never flap', () => {
    fc.assert(
      fc.property(pair, good, (made, link) => {
        const ends = made();
        run(ends, untilUp, link);
        assert.deepEqual(states(ends), ['Up', 'Up'], story(ends));
        ends.happened.length = 0;
        run(ends, untilUp + ms(60_000), link);
        assert.deepEqual(changes(ends), []);
        for (const session of ends.sessions) assertAgreed(session);
      }),
    );
  });

  it('send no more often than both want, less the jitter, and no less often either', () => {
    fc.assert(
      fc.property(pair, good, (made, link) => {
        const ends = made();
        run(ends, untilUp + ms(3000), link);
        ends.happened.length = 0;
        run(ends, ends.now + ms(20_000), link);
        for (const end of [0, 1] as const) {
          const whole = transmitInterval(ends.sessions[end]);
          const at = ends.happened.filter((each) => each.end === end).map((each) => each.at);
          assert.ok(at.length > 10);
          for (const [i, before] of at.slice(0, -1).entries()) {
            const gap = at[i + 1]! - before;
            assert.ok(gap >= 0.75 * whole - 1 && gap <= whole + 1, `${gap} of ${whole}`);
          }
        }
      }),
    );
  });

  it('never flap when they are given other timings while they are Up', () => {
    const given = fc.array(fc.tuple(fc.constantFrom(0 as const, 1 as const), timing, fc.nat(ms(3000))), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(pair, good, given, (made, link, configurations) => {
        const ends = made();
        run(ends, untilUp, link);
        ends.happened.length = 0;
        for (const [end, config, after] of configurations) {
          run(ends, ends.now + after, link);
          give(ends, end, { type: 'configure', config }, link);
        }
        run(ends, ends.now + ms(20_000), link);
        assert.deepEqual(changes(ends), []);
        for (const session of ends.sessions) assertAgreed(session);
      }),
      { numRuns: 300 },
    );
  });

  it('over a link that is cut are both Down when their detection time has passed, not before and not after', () => {
    fc.assert(
      fc.property(pair, good, fc.nat(ms(3000)), (made, link, after) => {
        const ends = made();
        run(ends, untilUp + after, link);
        ends.happened.length = 0;
        run(ends, ends.now + ms(10_000), { ...link, loss: [1, 1] });
        assert.deepEqual(states(ends), ['Down', 'Down']);
        for (const end of [0, 1] as const) {
          const [down, ...more] = ends.happened.filter((each) => each.end === end && each.output.type === 'transition');
          assert.deepEqual(words([down!.output]), ['Up -> Down (detection-time-expired)']);
          assert.deepEqual(more, []);
          assert.ok(Math.abs(down!.at - ends.detectAt[end]) < 1, `${down!.at}, not ${ends.detectAt[end]}`);
        }
        run(ends, ends.now + untilUp, link);
        assert.deepEqual(states(ends), ['Up', 'Up'], 'once the link is whole again');
      }),
    );
  });

  it('over a link that is cut in one direction are both Down: one by silence, the other by its word', () => {
    fc.assert(
      fc.property(pair, good, (made, link) => {
        const ends = made();
        run(ends, untilUp, link);
        ends.happened.length = 0;
        run(ends, ends.now + ms(20_000), { ...link, loss: [1, 0] });
        const firsts = ([0, 1] as const).map((end) => changes(ends, end)[0]);
        assert.deepEqual(firsts, ['Up -> Down (detection-time-expired)', 'Up -> Down (neighbor-down)']);
        assert.ok(!states(ends).includes('Up'));
        assert.ok(!changes(ends).some((change) => change.includes('-> Up')), story(ends));
      }),
    );
  });

  it('over a link that loses packets come Up once it does not, and stay so', () => {
    const loss = fc.double({ min: 0, max: 0.95, noNaN: true });
    fc.assert(
      fc.property(pair, good, fc.tuple(loss, loss), (made, link, lost) => {
        const ends = made();
        run(ends, ms(30_000), { ...link, loss: lost });
        run(ends, ends.now + untilUp, link);
        assert.deepEqual(states(ends), ['Up', 'Up'], story(ends));
        ends.happened.length = 0;
        run(ends, ends.now + ms(20_000), link);
        assert.deepEqual(changes(ends), []);
      }),
    );
  });

  it('of which one stalls for less than the other waits never flap: what waits is read before a silence is judged', () => {
    let drained = 0;
    fc.assert(
      fc.property(
        pair,
        good,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(ms(3000)),
        (made, link, share, after) => {
          const ends = made();
          run(ends, untilUp + after, link);
          ends.happened.length = 0;
          const [stalling] = ends.sessions;
          const varies = link.delay.most - link.delay.least;
          const sentNoLater = ends.now - stalling.sentAt;
          const stall = share * Math.max(0, neighborPatience(stalling) - sentNoLater - varies - 1);
          const stalledAt = ends.now;
          ends.stalled.add(0);
          run(ends, stalledAt + stall, link);
          wake(ends, 0, stalledAt, link);
          run(ends, ends.now + ms(5000), link);
          drained += ends.happened.filter(({ output }) => output.type === 'drain').length;
          assert.deepEqual(changes(ends), []);
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(drained > 0, 'no stall was long enough to be noticed');
  });

  it('of which one restarts as planned never flap, whatever part of the promised time it takes', () => {
    fc.assert(
      fc.property(pair, good, fc.double({ min: 0, max: 1, noNaN: true }), (made, link, share) => {
        const ends = made();
        run(ends, untilUp + ms(3000), link);
        ends.happened.length = 0;
        const { config } = ends.sessions[0];
        give(ends, 0, { type: 'configure', config: restartTiming(config, ms(15_000))! }, link);
        run(ends, ends.now + ms(6000), link);
        assert.ok(ends.happened.some(({ end, output }) => end === 0 && output.type === 'timing-agreed'));
        restart(ends, share * (15_000_000 - (link.delay.most - link.delay.least) - 1), config, link);
        run(ends, ends.now + ms(20_000), link);
        assert.deepEqual(changes(ends), []);
        for (const session of ends.sessions) assertAgreed(session);
      }),
    );
  });

  it('of which one restarts without asking for time before are Down, and come Up again', () => {
    fc.assert(
      fc.property(pair, good, (made, link) => {
        const ends = made();
        run(ends, untilUp + ms(3000), link);
        ends.happened.length = 0;
        restart(ends, neighborPatience(ends.sessions[0]) + ms(100), ends.sessions[0].config, link);
        run(ends, ends.now + untilUp, link);
        assert.equal(changes(ends, 1)[0], 'Up -> Down (detection-time-expired)');
        assert.deepEqual(states(ends), ['Up', 'Up']);
      }),
    );
  });

  it('of which one is switched off tell it from a failure, and come Up when it is on again', () => {
    fc.assert(
      fc.property(pair, good, (made, link) => {
        const ends = made();
        run(ends, untilUp, link);
        ends.happened.length = 0;
        give(ends, 0, { type: 'admin-down' }, link);
        run(ends, ends.now + ms(20_000), link);
        assert.deepEqual(changes(ends), ['Up -> AdminDown (admin-down)', 'Up -> Down (neighbor-admin-down)']);
        give(ends, 0, { type: 'admin-up' }, link);
        run(ends, ends.now + untilUp, link);
        assert.deepEqual(states(ends), ['Up', 'Up']);
      }),
    );
  });
});

/** The first end ends, and begins again `silence` after its last periodic packet; what came meanwhile is lost. */
function restart(ends: Pair, silence: number, config: Timing, link: LinkQuality): void {
  const [{ sentAt }] = ends.sessions;
  const checkpoint = JSON.parse(JSON.stringify(checkpointOf(ends.sessions[0]))) as Checkpoint;
  ends.stalled.add(0);
  run(ends, Math.max(ends.now, sentAt + silence), link);
  ends.stalled.delete(0);
  ends.sockets[0].length = 0;
  ends.sessions[0] = resumeSession({ checkpoint, config, now: ends.now, random: ends.chance() });
}

function assertAgreed({ config, advertised, inUse, poll }: Session): void {
  assert.deepEqual({ advertised, inUse, poll }, { advertised: config, inUse: config, poll: 'none' });
}

function states({ sessions }: Pair): string[] {
  return sessions.map(({ state }) => state);
}

function changes({ happened }: Pair, end?: 0 | 1): string[] {
  const transitions = happened.filter((each) => each.output.type === 'transition' && (end ?? each.end) === each.end);
  return words(transitions.map(({ output }) => output));
}

/** What happened last, for the message of a failure. */
function story({ happened }: Pair): string {
  return happened
    .slice(-40)
    .map(({ at, end, output }) => `${at / 1000} ${end}: ${words([output]).join()}`)
    .join('\n');
}
