import assert from 'node:assert/strict';
import { type Sight, see, type Violation, watchAddress } from '../../chaos/timeline.js';

const bounds = { twoMs: 300, noneMs: 500 };
const well: Omit<Sight, 'at'> = { holders: ['n1'], fit: ['n1', 'n2'], answered: true };

/** Looks each 100 ms; what is said of an instant lasts until something else is. */
function judged(changes: Readonly<Record<number, Partial<Sight>>>, untilMs: number): readonly Violation[] {
  const watch = watchAddress('10.77.0.100');
  let sight = well;
  const found: Violation[] = [];
  for (let at = 0; at <= untilMs; at += 100) {
    sight = { ...sight, ...changes[at] };
    found.push(...see(watch, { ...sight, at }, bounds));
  }
  return found;
}

describe('the judge of faults', () => {
  it('says nothing while one node has the address and answers', () => {
    assert.deepEqual(judged({}, 2_000), []);
  });

  it('bears two holders, none and no answer within their bounds', () => {
    const changes = {
      100: { holders: ['n1', 'n2'] },
      400: well,
      500: { holders: [], answered: false },
      1000: well,
    };
    assert.deepEqual(judged(changes, 2_000), []);
  });

  it('tells of two holders that can be reached, once, and again when it comes again', () => {
    const changes = { 100: { holders: ['n1', 'n2'] }, 900: well, 1000: { holders: ['n1', 'n2'] } };
    assert.deepEqual(
      judged(changes, 2_000).map(({ kind, from, to }) => [kind, from, to]),
      [
        ['two-holders', 100, 500],
        ['two-holders', 1_000, 1_400],
      ],
    );
  });

  it('does not count a holder that is not fit: nobody can reach it', () => {
    assert.deepEqual(judged({ 100: { holders: ['n1', 'n2'], fit: ['n2'] } }, 2_000), []);
  });

  it('tells of no holder and of no answer while a node is fit all the time', () => {
    const kinds = judged({ 100: { holders: [], answered: false } }, 2_000).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['no-holder', 'no-answer']);
  });

  it('counts from when a node is fit, and on no node that was not fit all the time', () => {
    const changes = {
      100: { holders: [], answered: false, fit: [] },
      600: { fit: ['n1'] },
      900: { fit: ['n2'] },
    };
    assert.deepEqual(judged(changes, 1_300), []);
    const kinds = judged({ 100: { holders: [], answered: false, fit: [] }, 600: { fit: ['n1'] } }, 1_300);
    assert.deepEqual(
      kinds.map(({ kind, from }) => [kind, from]),
      [
        ['no-holder', 600],
        ['no-answer', 600],
      ],
    );
  });
});
