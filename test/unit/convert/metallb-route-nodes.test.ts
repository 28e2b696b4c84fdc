import assert from 'node:assert/strict';
import type { Document } from '../../../src/convert/document.js';
import { choicesOf } from '../../../src/convert/metallb-route-nodes.js';
import { type AdvertisedPool, routesFor } from '../../../src/convert/metallb-routes.js';

const a = { matchLabels: { rack: 'a' } };
const b = { matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['c'] }] };
const both = {
  matchExpressions: [
    { key: 'rack', operator: 'In', values: ['a'] },
    { key: 'rack', operator: 'NotIn', values: ['c'] },
  ],
};

describe('what a router is told by which nodes, where BGPAdvertisements of a pool choose nodes', () => {
  for (const [claim, advertisements, expected] of [
    [
      'is the same by all that one of them chooses, where they say the same',
      [{ nodeSelectors: [a] }, { nodeSelectors: [b] }],
      [{ eips: ['pool'] }],
    ],
    [
      'is the communities of both by nodes that both choose, and of one by the others',
      [
        { nodeSelectors: [a], communities: ['1:1'] },
        { nodeSelectors: [b], communities: ['1:2'], localPref: 200 },
      ],
      [
        { eips: ['pool'], nodeSelectors: [both], localPref: 200, communities: ['1:1', '1:2'] },
        { eips: ['pool'], nodeSelectors: [a], communities: ['1:1'] },
        { eips: ['pool'], nodeSelectors: [b], localPref: 200, communities: ['1:2'] },
      ],
    ],
    [
      'is more by some nodes than by all others',
      [{}, { nodeSelectors: [a], communities: ['1:1'] }],
      [{ eips: ['pool'], nodeSelectors: [a], communities: ['1:1'] }, { eips: ['pool'] }],
    ],
    [
      'is an aggregate by some, and single addresses by others',
      [{ nodeSelectors: [a], aggregationLength: 24 }, { nodeSelectors: [b] }],
      [
        { eips: ['pool'], nodeSelectors: [a], aggregationLength: 24 },
        { eips: ['pool'], nodeSelectors: [b] },
      ],
    ],
    [
      'is told by those alone whose advertisement is for the router',
      [{ nodeSelectors: [a] }, { nodeSelectors: [b], peers: ['other'] }],
      [{ eips: ['pool'], nodeSelectors: [a] }],
    ],
    [
      'is told by all nodes where an advertisement for the router chooses all',
      [{}, { nodeSelectors: [b], peers: ['other'] }],
      [{ eips: ['pool'] }],
    ],
    [
      'is the same by the nodes of all, where there are more ways than can be told apart',
      ['1', '2', '3', '4', '5'].map((at) => ({ nodeSelectors: [{ matchLabels: { at } }], communities: [`1:${at}`] })),
      [{ eips: ['pool'], communities: ['1:1', '1:2', '1:3', '1:4', '1:5'] }],
    ],
  ] as const) {
    it(claim, () => {
      const { advertise } = routesFor(peer, [poolOf('pool', advertisements)], true);
      assert.deepEqual(advertise, expected);
    });
  }

  it('is the same by the nodes of all, where a BgpPeer has no room for more', () => {
    const pools = Array.from({ length: 4 }, (_, at) =>
      poolOf(
        `pool-${at}`,
        ['1', '2', '3', '4'].map((rack) => ({
          nodeSelectors: [{ matchLabels: { rack } }],
          communities: [`${at}:${rack}`],
        })),
      ),
    );
    const { advertise, gathered } = routesFor(peer, pools, true);
    assert.equal(gathered, true);
    assert.equal(advertise?.length, 4);
    assert.deepEqual(advertise?.[1], { eips: ['pool-1'], communities: ['1:1', '1:2', '1:3', '1:4'] });
  });
});

const peer = { metadata: { name: 'tor' } } as Document;

function poolOf(name: string, advertisements: readonly object[]): AdvertisedPool {
  const routed = advertisements.map((spec) => ({ kind: 'BGPAdvertisement', spec }) as unknown as Document);
  return { name, routed, choices: choicesOf(routed) };
}
