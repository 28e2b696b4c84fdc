import assert from 'node:assert/strict';
import { type Followings, followingOf } from '../../../../src/controller/context/following.js';

const asOrigin = { status: 'True', reason: 'AsOrigin', message: 'made from x' } as const;
const before = [
  { type: 'Ready', status: 'True', reason: 'Valid', message: '' },
  { type: 'FollowsOrigin', status: 'False', reason: 'EditedByHand', message: 'm', lastTransitionTime: 't' },
];

describe('what is said of an object that is made from another', () => {
  const all = (known: boolean): Followings => ({ of: new Map([['eips/a', asOrigin]]), known });

  it('is what the controller before said, until this one has looked at all of them', () => {
    const edited = { status: 'False', reason: 'EditedByHand', message: 'm' };
    assert.deepEqual(followingOf(all(false), 'eips/b', before), edited);
    assert.equal(followingOf(all(true), 'eips/b', before), undefined);
    assert.equal(followingOf(all(false), 'eips/b', []), undefined);
    assert.equal(followingOf(all(false), 'eips/b'), undefined);
  });

  it('is what this one found', () => {
    for (const known of [true, false]) assert.deepEqual(followingOf(all(known), 'eips/a', before), asOrigin);
  });
});
