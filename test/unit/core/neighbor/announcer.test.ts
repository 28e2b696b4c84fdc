import assert from 'node:assert/strict';
import {
  type Announcer,
  announceDue,
  createAnnouncer,
  defaultAnnouncerConfig,
  startAnnouncing,
  stopAnnouncing,
} from '../../../../src/core/neighbor/announcer.js';
import { type Micros, never } from '../../../../src/core/time.js';

const ms = (value: number): Micros => value * 1000;

describe('an announcer', () => {
  it('has nothing to say before it is started', () => {
    const idle = createAnnouncer();
    assert.equal(idle.deadline, never);
    assert.deepEqual(announceDue(idle, ms(1e9)), { announcer: idle, first: 0, count: 0 });
  });

  it('announces every address at once, after 200 ms, 1 s, 2 s and 5 s, then each minute', () => {
    const { instants } = listen(startAnnouncing(createAnnouncer(), 3, ms(7)), 8);
    assert.deepEqual(instants, [7, 207, 1007, 2007, 5007, 65_007, 125_007, 185_007]);
  });

  it('says nothing early', () => {
    const started = announceDue(startAnnouncing(createAnnouncer(), 3, 0), 0).announcer;
    assert.equal(announceDue(started, ms(200) - 1).count, 0);
  });

  it('says nothing more once it is stopped', () => {
    const stopped = stopAnnouncing(startAnnouncing(createAnnouncer(), 3, 0));
    assert.equal(stopped.deadline, never);
    assert.equal(announceDue(stopped, ms(1)).count, 0);
  });

  it('of no addresses is idle', () => {
    assert.equal(startAnnouncing(createAnnouncer(), 0, 0).deadline, never);
  });

  it('begins again from the first round when it is started again', () => {
    const later = announceDue(startAnnouncing(createAnnouncer(), 3, 0), 0).announcer;
    const { instants } = listen(startAnnouncing(later, 3, ms(50)), 3);
    assert.deepEqual(instants, [50, 250, 1050]);
  });

  it('paces: 64 addresses each millisecond, each address once a round, in order', () => {
    const { spoken, instants } = listen(startAnnouncing(createAnnouncer(), 150, 0), 3);
    assert.deepEqual(spoken, [
      [0, 64],
      [64, 64],
      [128, 22],
    ]);
    assert.deepEqual(instants, [0, 1, 2]);
  });

  it('says a thousand addresses in 16 ms', () => {
    const { instants } = listen(startAnnouncing(createAnnouncer(), 1000, 0), 16);
    assert.equal(instants.at(-1), 15);
  });

  it('counts the rounds from the start, however long a round takes', () => {
    const { instants } = listen(startAnnouncing(createAnnouncer(), 150, 0), 7);
    assert.deepEqual(instants.slice(3), [200, 201, 202, 1000]);
  });

  it('does not make up for rounds that were missed', () => {
    const first = announceDue(startAnnouncing(createAnnouncer(), 3, 0), 0).announcer;
    const { announcer, count } = announceDue(first, ms(1500));
    assert.equal(count, 3);
    assert.equal(announcer.deadline, ms(2000));
    assert.equal(announceDue(announcer, ms(1500)).count, 0);
  });

  it('finds its way back after a day of silence', () => {
    const first = announceDue(startAnnouncing(createAnnouncer(), 3, 0), 0).announcer;
    const { announcer, count } = announceDue(first, ms(86_400_000));
    assert.equal(count, 3);
    assert.equal(announcer.deadline, ms(86_400_000 + 60_000));
  });

  it('can do without a refresh', () => {
    const config = { ...defaultAnnouncerConfig, refresh: never };
    const { announcer, instants } = listen(startAnnouncing(createAnnouncer(config), 1, 0), 5);
    assert.deepEqual(instants, [0, 200, 1000, 2000, 5000]);
    assert.equal(announcer.deadline, never);
  });

  for (const [changes, message] of [
    [{ rounds: [5] }, /first round is at 0/],
    [{ rounds: [] }, /first round is at 0/],
    [{ rounds: [0, 9, 9] }, /do not ascend/],
    [{ batch: 0 }, /batch must be a whole number from 1, it is 0/],
    [{ refresh: 0 }, /refresh 0 must be above 0/],
  ] as const) {
    it(`cannot be made with ${JSON.stringify(changes)}, which makes no sense`, () => {
      assert.throws(() => createAnnouncer({ ...defaultAnnouncerConfig, ...changes }), {
        name: 'InvariantError',
        message,
      });
    });
  }
});

/** Calls the announcer at its deadlines `calls` times: at which milliseconds it spoke, and what. */
function listen(announcer: Announcer, calls: number): { announcer: Announcer; instants: number[]; spoken: number[][] } {
  const instants: number[] = [];
  const spoken: number[][] = [];
  let current = announcer;
  for (let call = 0; call < calls; call += 1) {
    instants.push(current.deadline / 1000);
    const { announcer: next, first, count } = announceDue(current, current.deadline);
    spoken.push([first, count]);
    current = next;
  }
  return { announcer: current, instants, spoken };
}
