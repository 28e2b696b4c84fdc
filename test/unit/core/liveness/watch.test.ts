import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultPatience, fastPatience, type Patience } from '../../../../src/core/liveness/patience.js';
import { createWatch, stepWatch, type Watch, type WatchInput } from '../../../../src/core/liveness/watch.js';
import type { Micros } from '../../../../src/core/time.js';

const ms = (value: number): Micros => value * 1000;
const roundTrip: Micros = 200;

interface Peer {
  /** Whether it answers and advertises at that instant. */
  readonly answers: (now: Micros) => boolean;
  readonly advertises: (now: Micros) => boolean;
  readonly interval: Micros;
}

interface Seen {
  readonly asked: Micros[];
  readonly lost: Micros[];
  readonly watch: Watch;
}

/** Watches a peer in virtual time, called exactly when asked for, or by `late` later. */
function watched(patience: Patience, peer: Peer, until: Micros, late: () => Micros = () => 0): Seen {
  let watch = createWatch(patience, 0);
  const asked: Micros[] = [];
  const lost: Micros[] = [];
  const coming: Exclude<WatchInput, { readonly type: 'time' }>[] = [];
  for (let at = 0; at < until; at += peer.interval) if (peer.advertises(at)) coming.push({ at, type: 'advert' });
  let now = 0;
  for (;;) {
    coming.sort((a, b) => a.at - b.at);
    const due = watch.deadline + late();
    const next = coming[0];
    if (next !== undefined && next.at <= due) {
      coming.shift();
      now = Math.max(now, next.at);
      if (now > until) break;
      watch = stepWatch(watch, next, now).watch;
      continue;
    }
    now = Math.max(now, due);
    if (now > until) break;
    const { watch: after, output } = stepWatch(watch, { type: 'time', drainedAt: now }, now);
    watch = after;
    if (output === 'lost') lost.push(now);
    if (output !== 'ask') continue;
    asked.push(now);
    if (peer.answers(now)) coming.push({ at: now + roundTrip, type: 'answer', unasked: false });
  }
  return { asked, lost, watch };
}

const until = (end: Micros) => (now: Micros) => now < end;
const always = () => true;
const never = () => false;

describe('the watch over a leader', () => {
  it('loses one that dies within the patience, counted from its last sign of life', () => {
    const { lost } = watched(
      defaultPatience,
      { answers: until(ms(5_050)), advertises: until(ms(5_050)), interval: ms(1000) },
      ms(9_000),
    );
    assert.equal(lost.length, 1);
    const took = lost[0]! - ms(5_050);
    assert.ok(took > ms(750) && took <= ms(1_200), `${took} us`);
  });

  it('loses one that is asked each 10 ms within 30 ms of its last answer', () => {
    const { lost } = watched(
      fastPatience(ms(10), 3),
      { answers: until(ms(5_000)), advertises: until(ms(5_000)), interval: ms(1000) },
      ms(9_000),
    );
    assert.equal(lost.length, 1);
    assert.ok(lost[0]! - ms(5_000) <= ms(31), `${lost[0]! - ms(5_000)} us`);
  });

  it('loses one that may leave two intervals unanswered within these, after two questions', () => {
    const dies = ms(5_000);
    const { asked, lost } = watched(
      fastPatience(ms(10), 2),
      { answers: until(dies), advertises: until(dies), interval: ms(1000) },
      ms(5_100),
    );
    assert.equal(lost.length, 1);
    assert.ok(lost[0]! - dies <= ms(21), `${lost[0]! - dies} us`);
    assert.equal(asked.filter((at) => at >= dies && at < lost[0]!).length, 2);
  });

  it('keeps one that may leave two intervals unanswered and stands still for 9 ms', () => {
    const standsStill = (now: Micros) => now % ms(100) < ms(9);
    const { lost } = watched(
      fastPatience(ms(10), 2),
      { answers: (now) => !standsStill(now), advertises: never, interval: ms(1000) },
      ms(20_000),
      () => 137,
    );
    assert.deepEqual(lost, []);
  });

  it('asks at the same pace however long answers take, and finds them waiting when it asks again', () => {
    const { asked, lost } = watched(
      fastPatience(ms(10), 3),
      { answers: always, advertises: never, interval: ms(1000) },
      ms(2_000),
    );
    const gaps = asked.slice(1).map((at, i) => at - asked[i]!);
    assert.deepEqual(
      [...new Set(gaps)].filter((gap) => gap !== ms(10)),
      [],
      'no question moves for an answer',
    );
    assert.deepEqual(lost, []);
  });

  it('never loses one that has not answered: keepalived, an older version, or a firewall', () => {
    const { lost, asked } = watched(
      defaultPatience,
      { answers: never, advertises: until(ms(60_000)), interval: ms(1000) },
      ms(300_000),
    );
    assert.deepEqual(lost, []);
    assert.ok(asked.length < 20, `it is asked ever more rarely, ${asked.length} times in 5 minutes`);
  });

  it('does not lose one whose answers stop while its adverts come, and stops believing in answers', () => {
    const { lost, watch } = watched(
      defaultPatience,
      { answers: until(ms(10_000)), advertises: always, interval: ms(1000) },
      ms(120_000),
    );
    assert.deepEqual(lost, []);
    assert.equal(watch.standing, 'unproven');
  });

  it('does not lose one that answers though its adverts do not come', () => {
    const { lost } = watched(
      defaultPatience,
      { answers: always, advertises: until(ms(5_000)), interval: ms(1000) },
      ms(60_000),
    );
    assert.deepEqual(lost, []);
  });

  it('says once that somebody is lost, and knows it again when it answers', () => {
    const gone = (now: Micros) => now < ms(5_000) || now > ms(60_000);
    const { lost, watch } = watched(
      defaultPatience,
      { answers: gone, advertises: gone, interval: ms(1000) },
      ms(120_000),
    );
    assert.equal(lost.length, 1);
    assert.equal(watch.standing, 'proven');
  });

  it('asks somebody who was lost as soon as it advertises again', () => {
    const gone = (now: Micros) => now < ms(5_000) || now > ms(40_100);
    const { asked } = watched(
      fastPatience(ms(10), 3),
      { answers: gone, advertises: gone, interval: ms(250) },
      ms(41_000),
    );
    const first = asked.find((at) => at > ms(40_100))!;
    assert.ok(first <= ms(40_250), `at ${first} us`);
    assert.ok(asked.filter((at) => at > ms(40_100)).length > 50, 'and watched from then on');
  });

  it('asks nobody whose adverts come often, but for a proof now and then', () => {
    const { asked } = watched(defaultPatience, { answers: always, advertises: always, interval: ms(250) }, ms(100_000));
    assert.ok(asked.length >= 9 && asked.length <= 12, `${asked.length}`);
  });

  it('wants the socket to be read before it judges', () => {
    let { watch } = stepWatch(createWatch(defaultPatience, 0), { type: 'answer', at: 0, unasked: false }, 0);
    for (let now = ms(400); now <= ms(1_100); now += ms(100))
      watch = stepWatch(watch, { type: 'time', drainedAt: now }, now).watch;
    const judged = stepWatch(watch, { type: 'time', drainedAt: ms(1_150) }, ms(1_200));
    assert.equal(judged.output, 'drain');
    assert.equal(judged.watch, watch);
    const heard = stepWatch(watch, { type: 'answer', at: ms(1_180), unasked: false }, ms(1_200)).watch;
    assert.equal(stepWatch(heard, { type: 'time', drainedAt: ms(1_200) }, ms(1_200)).output, undefined);
  });

  const patiences = fc.constantFrom(defaultPatience, fastPatience(ms(10), 3), fastPatience(ms(50), 2));

  it('never loses a peer that answers, however late it is itself called', () => {
    fc.assert(
      fc.property(patiences, fc.array(fc.nat(3_000), { minLength: 1 }), fc.boolean(), (patience, lateness, speaks) => {
        let n = 0;
        const late = () => ms(lateness[n++ % lateness.length]!);
        const peer = { answers: always, advertises: speaks ? always : never, interval: ms(1000) };
        assert.deepEqual(watched(patience, peer, ms(30_000), late).lost, []);
      }),
    );
  });

  it('never loses a peer that was not silent for the whole patience', () => {
    fc.assert(
      fc.property(patiences, fc.nat(1_000), fc.nat(100), (patience, since, share) => {
        const begin = ms(5_000 + since);
        const asks = Math.max(patience.askAfter, patience.askEvery) + patience.askEvery;
        const end = begin + (patience.limit * share) / 101 - asks;
        const lives = (now: Micros) => now < begin || now > end;
        assert.deepEqual(
          watched(patience, { answers: lives, advertises: lives, interval: ms(1000) }, ms(20_000)).lost,
          [],
        );
      }),
    );
  });

  it('asks at most once in an interval, and never for the same instant for ever', () => {
    fc.assert(
      fc.property(patiences, fc.nat(9_000), (patience, dies) => {
        const lives = until(ms(dies));
        const { asked } = watched(patience, { answers: lives, advertises: lives, interval: ms(1000) }, ms(12_000));
        for (const [i, at] of asked.entries())
          if (i > 0) assert.ok(at - asked[i - 1]! >= Math.min(patience.askEvery, patience.askAfter), `${asked}`);
      }),
    );
  });
});
