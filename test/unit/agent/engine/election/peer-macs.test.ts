import assert from 'node:assert/strict';
import { addressKey } from '../../../../../src/agent/engine/address-key.js';
import { learnPeerMac, othersRemembered } from '../../../../../src/agent/engine/election/peer-macs.js';

const source = (n: number) => Uint8Array.of(10, n >> 16, n >> 8, n);
const sourceMac = (n: number) => Uint8Array.of(2, 0, 0, n >> 16, n >> 8, n);

describe('the Ethernet addresses of peers', () => {
  const peers = [source(1), source(2)];
  const learn = (macs: Map<string, Uint8Array>, n: number, mac = n) =>
    learnPeerMac(macs, peers, { source: source(n), sourceMac: sourceMac(mac) });

  it('are news when they are new or others than before', () => {
    const macs = new Map<string, Uint8Array>();
    assert.deepEqual(
      [learn(macs, 1), learn(macs, 1), learn(macs, 1, 7), learn(macs, 1, 7)],
      [true, false, true, false],
    );
    assert.deepEqual(macs.get(addressKey(source(1))), sourceMac(7));
  });

  it('stay when any number of other sources is heard, of which the last some are remembered', () => {
    const macs = new Map<string, Uint8Array>();
    for (const peer of [1, 2]) learn(macs, peer);
    for (let n = 3; n < 300_000; n++) learn(macs, n);
    assert.equal(macs.size, peers.length + othersRemembered);
    for (const n of [1, 2, 299_999]) assert.deepEqual(macs.get(addressKey(source(n))), sourceMac(n));
  });
});
