import assert from 'node:assert/strict';
import { farewellFor } from '../../../../src/agent/bgp/farewell.js';

describe('how routers are left', () => {
  it('is silent when another agent follows, or nothing is known', () => {
    assert.deepEqual(farewellFor('n1', undefined, 'stays'), { how: 'restart' });
    assert.deepEqual(farewellFor('n1', undefined, undefined), { how: 'restart' });
  });
  for (const leaving of ['Cordoned', 'Excluded', 'Deleted'] as const) {
    it(`is a drain for a node that is ${leaving.toLowerCase()}, with the reason for the router's administrator`, () => {
      const farewell = farewellFor('n1', leaving, 'stays');
      assert.equal(farewell.how, 'drain');
      assert.match('text' in farewell ? farewell.text : '', /node n1 is (cordoned|excluded|being deleted)/);
    });
  }
  it('is a drain when the agents are removed', () => assert.equal(farewellFor('n1', undefined, 'goes').how, 'drain'));
});
