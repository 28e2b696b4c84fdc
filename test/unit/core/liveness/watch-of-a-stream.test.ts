import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fastPatience, type Patience } from '../../../../src/core/liveness/patience.js';
import { subscriptionTime } from '../../../../src/core/liveness/subscriptions.js';
import { createWatch, stepWatch } from '../../../../src/core/liveness/watch.js';
import type { Micros } from '../../../../src/core/time.js';

const ms = (value: number): Micros => value * 1000;
const roundTrip: Micros = 200;
const until = (end: Micros) => (now: Micros) => now < end;
const always = () => true;
const never = () => false;

/** One who is asked for a stream. Its answers wait in a socket until the watch wants to be called, once it is known to answer. */
interface Streamer {
  /** Whether its program runs at that instant. What it missed it does as soon as it goes on. */
  readonly lives: (now: Micros) => boolean;
  /** Whether it answers unasked those who want it. */
  readonly streams: (now: Micros) => boolean;
  /** Whether a question that is asked then is lost, and an answer that is due unasked. */
  readonly losesQuestion?: (now: Micros) => boolean;
  readonly losesAnswer?: (now: Micros) => boolean;
}

function followed(patience: Patience, peer: Streamer, until: Micros, late: () => Micros = () => 0) {
  const every = patience.askEvery;
  let watch = createWatch(patience, 0);
  let [now, wakes, streamedUntil, nextTick] = [0, 0, 0, 0];
  const asked: Micros[] = [];
  const lost: Micros[] = [];
  let waiting: { readonly at: Micros; readonly type: 'answer'; readonly unasked: boolean }[] = [];
  const goesOn = (at: Micros) => {
    for (let then = at; then < at + ms(100); then += 100) if (peer.lives(then)) return then;
    return undefined;
  };
  const streamUpTo = (end: Micros) => {
    for (; nextTick <= Math.min(end, streamedUntil); nextTick += every) {
      const at = goesOn(nextTick);
      if (at !== undefined && peer.streams(nextTick) && !peer.losesAnswer?.(nextTick))
        waiting.push({ at: at + roundTrip / 2, type: 'answer', unasked: true });
    }
  };
  while (now < until) {
    const arrives = watch.standing === 'proven' ? undefined : waiting[0]?.at;
    now = Math.max(now, Math.min(watch.deadline, arrives ?? watch.deadline) + late());
    wakes++;
    streamUpTo(now);
    waiting.sort((a, b) => a.at - b.at);
    for (const answer of waiting) if (answer.at <= now) watch = stepWatch(watch, answer, now).watch;
    waiting = waiting.filter(({ at }) => at > now);
    const { watch: after, output } = stepWatch(watch, { type: 'time', drainedAt: now }, now);
    watch = after;
    if (output === 'lost') lost.push(now);
    if (output !== 'ask') continue;
    asked.push(now);
    const answeredAt = goesOn(now);
    if (answeredAt === undefined || peer.losesQuestion?.(now)) continue;
    waiting.push({ at: answeredAt + roundTrip, type: 'answer', unasked: false });
    if (now >= streamedUntil) nextTick = (Math.floor(answeredAt / every) + 1) * every;
    streamedUntil = answeredAt + subscriptionTime;
  }
  return { asked, lost, wakes, watch };
}

describe('the watch over a leader that answers unasked', () => {
  const lives = { lives: always, streams: always };

  for (const multiplier of [2, 3, 5])
    it(`asks each 0.4 s, and wakes more rarely than answers come, if ${multiplier} may be missing`, () => {
      const { asked, lost, wakes } = followed(fastPatience(ms(10), multiplier), lives, ms(20_000));
      assert.deepEqual(lost, []);
      assert.ok(asked.length >= 50 && asked.length <= 53, `${asked.length} questions in 20 s`);
      const most = 20_000 / (10 * (multiplier - 1)) + 2 * asked.length;
      assert.ok(wakes <= most, `${wakes} times in 20 s`);
    });

  for (const [interval, multiplier] of [
    [10, 2],
    [10, 3],
    [50, 2],
    [100, 5],
    [10, 20],
  ] as const)
    it(`loses one that dies, ${multiplier} intervals of ${interval} ms after its last answer, after two questions`, () => {
      const limit = ms(interval) * multiplier;
      for (let phase = 0; phase < ms(400) + ms(interval); phase += ms(interval) / 7) {
        const dies = ms(5_000) + phase;
        const { asked, lost } = followed(
          fastPatience(ms(interval), multiplier),
          { ...lives, lives: until(dies) },
          ms(8_000),
        );
        assert.equal(lost.length, 1);
        const took = lost[0]! - dies;
        assert.ok(took > limit - ms(interval) && took <= limit + ms(1), `${took} us`);
        assert.ok(asked.filter((at) => at > dies - roundTrip && at < lost[0]!).length >= 2);
      }
    });

  it('asks each interval one that does not: an older version', () => {
    const { asked, lost, wakes } = followed(fastPatience(ms(10), 3), { ...lives, streams: never }, ms(10_000));
    assert.deepEqual(lost, []);
    assert.ok(asked.length >= 995 && asked.length <= 1_001, `${asked.length} questions in 10 s`);
    assert.ok(wakes <= asked.length + 2, `${wakes}`);
  });

  it('asks each interval one that does so no more, and loses nobody meanwhile', () => {
    for (let phase = 0; phase < ms(30); phase += ms(1.3)) {
      const peer = { ...lives, streams: until(ms(5_000) + phase) };
      const { asked, lost } = followed(fastPatience(ms(10), 3), peer, ms(6_000));
      assert.deepEqual(lost, []);
      assert.ok(asked.filter((at) => at > ms(5_060) + phase && at <= ms(5_960) + phase).length >= 89);
    }
  });

  it('keeps one that stands still for a little less than what may be missing', () => {
    for (const [multiplier, stall] of [
      [2, ms(10) - 2 * roundTrip],
      [3, ms(20) - 2 * roundTrip],
    ] as const)
      for (let every = ms(61); every < ms(75); every += ms(0.7)) {
        const runs = (now: Micros) => now % every >= stall;
        const { lost } = followed(fastPatience(ms(10), multiplier), { ...lives, lives: runs }, ms(10_000));
        assert.deepEqual(lost, [], `${multiplier}`);
      }
  });

  it('loses nobody for two answers and the question after them that are lost', () => {
    let questions = 0;
    const peer = {
      ...lives,
      losesAnswer: (now: Micros) => now % ms(50) < ms(20),
      losesQuestion: () => questions++ % 2 === 1,
    };
    const { lost } = followed(fastPatience(ms(10), 3), peer, ms(20_000));
    assert.deepEqual(lost, []);
  });

  it('never loses one that answers when it is asked, whatever of the rest is lost, however late it is called', () => {
    const late = fc.array(fc.oneof(fc.nat(3_000), fc.nat(30)), { minLength: 1 });
    const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 5), late, losses, (multiplier, lateness, lost) => {
        let [n, m] = [0, 0];
        const peer = { ...lives, losesAnswer: () => lost[m++ % lost.length]! };
        const called = () => ms(lateness[n++ % lateness.length]!);
        assert.deepEqual(followed(fastPatience(ms(10), multiplier), peer, ms(20_000), called).lost, []);
      }),
    );
  });
});
