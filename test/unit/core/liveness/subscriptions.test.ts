import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createSubscriptions,
  renewalInterval,
  type Subscriber,
  stream,
  streamDue,
  subscribe,
} from '../../../../src/core/liveness/subscriptions.js';
import { type Micros, never } from '../../../../src/core/time.js';

const ms = (value: number): Micros => value * 1000;

function asker(o: Partial<Subscriber<string>> = {}): Subscriber<string> {
  return { address: '192.0.2.12', identity: 'one', interval: ms(10), answer: 'to one', ...o };
}

/** Runs in virtual time, called exactly when asked for; gives what was sent, with its instant. */
function run(subscriptions: ReturnType<typeof createSubscriptions<string>>, from: Micros, to: Micros) {
  const sent: { readonly at: Micros; readonly answer: string }[] = [];
  for (let now = Math.max(from, streamDue(subscriptions)); now < to; now = streamDue(subscriptions))
    stream(subscriptions, now, (answer) => sent.push({ at: now, answer }));
  return sent;
}

describe('one who answers unasked', () => {
  it('answers each interval for a second, and no longer', () => {
    const subscriptions = createSubscriptions<string>();
    subscribe(subscriptions, asker(), ms(3));
    const sent = run(subscriptions, ms(3), ms(5_000));
    assert.deepEqual([sent.length, sent[0]!.at, sent.at(-1)!.at], [100, ms(10), ms(1_000)]);
    assert.equal(streamDue(subscriptions), never);
  });

  it('goes on without a gap for one who asks again in time, also if one of its questions is lost', () => {
    for (const every of [renewalInterval, 2 * renewalInterval]) {
      const subscriptions = createSubscriptions<string>();
      const sent: Micros[] = [];
      for (let now = ms(3); now < ms(10_000); now += every) {
        subscribe(subscriptions, asker(), now);
        sent.push(...run(subscriptions, now, now + every).map(({ at }) => at));
      }
      assert.deepEqual([...new Set(sent.slice(1).map((at, i) => at - sent[i]!))], [ms(10)]);
    }
  });

  it('wakes once for all with the same interval, whenever they asked', () => {
    const subscriptions = createSubscriptions<string>();
    for (let n = 0; n < 5; n++) subscribe(subscriptions, asker({ address: `${n}`, answer: `${n}` }), ms(n + 1.7));
    const sent = run(subscriptions, ms(7), ms(21));
    assert.deepEqual(
      sent.map(({ at, answer }) => `${at / 1000} ${answer}`),
      [10, 20].flatMap((at) => [0, 1, 2, 3, 4].map((n) => `${at} ${n}`)),
    );
  });

  it('sends no more than one answer for all that it slept through', () => {
    const subscriptions = createSubscriptions<string>();
    subscribe(subscriptions, asker(), 0);
    let sent = 0;
    stream(subscriptions, ms(503), () => sent++);
    assert.deepEqual([sent, streamDue(subscriptions)], [1, ms(510)]);
  });

  it('gives an address one stream, whoever asks in its name, and takes that from nobody', () => {
    const subscriptions = createSubscriptions<string>();
    subscribe(subscriptions, asker(), 0);
    for (let n = 0; n < 1000; n++) subscribe(subscriptions, asker({ identity: `forged ${n}`, answer: 'forged' }), n);
    const sent = run(subscriptions, ms(1), ms(3_000));
    assert.deepEqual([sent.length, new Set(sent.map(({ answer }) => answer))], [99, new Set(['to one'])]);
    subscribe(subscriptions, asker({ identity: 'two', answer: 'to two' }), ms(3_000));
    assert.ok(run(subscriptions, ms(3_000), ms(3_100)).every(({ answer }) => answer === 'to two'));
  });

  it('answers 64 addresses at the most', () => {
    const subscriptions = createSubscriptions<string>();
    for (let n = 0; n < 1000; n++) subscribe(subscriptions, asker({ address: `${n}` }), 0);
    assert.equal(run(subscriptions, ms(1), ms(11)).length, 64);
  });

  it('answers nobody who wants more than a hundred answers a second, or fewer than ten', () => {
    const subscriptions = createSubscriptions<string>();
    for (const interval of [0, 1, ms(9.999), ms(101), 0xffff_ffff, Number.NaN])
      subscribe(subscriptions, asker({ interval }), 0);
    assert.equal(streamDue(subscriptions), never);
  });

  it('sends no more in any time than the interval allows, however it is called and asked', () => {
    const calls = fc.array(fc.tuple(fc.nat(30_000), fc.boolean()), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(calls, (list) => {
        const subscriptions = createSubscriptions<string>();
        let [now, sent] = [0, 0];
        for (const [after, asks] of list) {
          now += after;
          if (asks) subscribe(subscriptions, asker(), now);
          stream(subscriptions, now, () => sent++);
        }
        assert.ok(sent <= now / ms(10) + 1, `${sent} in ${now} us`);
      }),
    );
  });
});
