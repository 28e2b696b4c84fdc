import assert from 'node:assert/strict';
import {
  claims,
  died,
  ended,
  type History,
  led,
  lives,
  mostLeaders,
  recent,
  self,
} from '../../../../src/core/draining/history.js';
import { never } from '../../../../src/core/time.js';

const ledBy = (...leaders: readonly string[]): History =>
  leaders.reduce<History>((history, leader, at) => led(history, leader, at), []);

describe('the history of an address', () => {
  it('has the latest leader first, and ends the lead before', () => {
    assert.deepEqual(ledBy('a', 'b'), [
      { leader: 'b', until: never },
      { leader: 'a', until: 1 },
    ]);
  });

  it('stays the same while the same one leads', () => {
    const history = ledBy('a', 'b');
    assert.equal(led(history, 'b', 9), history);
  });

  it('has each leader once, where its latest lead is', () => {
    assert.deepEqual(
      ledBy('a', 'b', 'c', 'a').map(({ leader }) => leader),
      ['a', 'c', 'b'],
    );
  });

  it('keeps so many and no more', () => {
    assert.equal(ledBy('a', 'b', 'c', 'd', 'e', 'f', self).length, mostLeaders);
  });

  it('ends when nobody is known to lead, and lets past leads be', () => {
    assert.deepEqual(ended(ledBy('a', 'b'), 7), [
      { leader: 'b', until: 7 },
      { leader: 'a', until: 1 },
    ]);
  });

  it('shortens leads that end later than now: such a clock was another one', () => {
    assert.deepEqual(ended([{ leader: 'a', until: 99 }], 7), [{ leader: 'a', until: 7 }]);
  });

  it('has a dead one live with its next lead', () => {
    const dead = died(ledBy('a', 'b'), 'a', 3);
    assert.deepEqual(dead[1], { leader: 'a', until: 1, dead: 3 });
    assert.deepEqual(led(dead, 'a', 5)[0], { leader: 'a', until: never });
    assert.equal(died(dead, 'a', 4), dead);
    assert.equal(died(dead, 'stranger', 4), dead);
  });

  it('is what it was before when one that was taken for dead lives', () => {
    const history = ledBy('a', 'b');
    assert.deepEqual(lives(died(history, 'a', 3), 'a'), history);
    assert.equal(lives(history, 'a'), history);
  });

  it('takes nobody for dead who leads: its adverts are heard', () => {
    const history = ledBy('a', 'b');
    assert.equal(died(history, 'b', 3), history);
  });

  it('has who claims to lead first, and for a leader once that is proven', () => {
    const claimed = claims(ledBy('a'), 'b', 5);
    assert.deepEqual(claimed, [
      { leader: 'b', until: never, claimed: true },
      { leader: 'a', until: 5 },
    ]);
    assert.equal(claims(claimed, 'b', 6), claimed);
    assert.deepEqual(led(claimed, 'b', 6), [
      { leader: 'b', until: never },
      { leader: 'a', until: 5 },
    ]);
  });

  it('forgets who claimed and never led when another leads, or claims, or nobody does', () => {
    const claimed = claims(ledBy('a'), 'b', 5);
    assert.deepEqual(led(claimed, 'a', 6), [{ leader: 'a', until: never }]);
    assert.deepEqual(led(claimed, self, 6), [
      { leader: self, until: never },
      { leader: 'a', until: 5 },
    ]);
    assert.deepEqual(
      claims(claimed, 'c', 6).map(({ leader }) => leader),
      ['c', 'a'],
    );
    assert.deepEqual(ended(claimed, 6), [{ leader: 'a', until: 5 }]);
  });

  it('goes on remembering who led when it claims to lead again', () => {
    const history = ledBy('a', 'b');
    assert.deepEqual(led(claims(history, 'a', 5), 'b', 6), [
      { leader: 'b', until: never },
      { leader: 'a', until: 1 },
    ]);
    assert.equal(claims(history, 'b', 5), history);
  });

  it('forgets whose window is over', () => {
    const history = ledBy('a', 'b', 'c');
    assert.equal(recent(history, 10, 10), history);
    assert.deepEqual(
      recent(history, 10, 11).map(({ leader }) => leader),
      ['c', 'b'],
    );
  });
});
