import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeRouterDiscovery,
  encodeBareAdvertisement,
  encodeRouterSolicitation,
} from '../../../../src/core/wire/router-discovery.js';

const linkLocal = Uint8Array.of(0xfe, 0x80, ...new Array<number>(13).fill(0), 1);
const global = Uint8Array.of(0x20, 1, ...new Array<number>(14).fill(0));
const source = Uint8Array.of(1, 1, 2, 3, 4, 5, 6, 7);

describe('router discovery', () => {
  it('says that we are there, and no default router', () => {
    const message = encodeBareAdvertisement();
    assert.equal(Buffer.from(message).toString('hex'), `86${'00'.repeat(15)}`);
    assert.deepEqual(decodeRouterDiscovery(message, linkLocal, 255), { type: 'advertisement', lifetime: 0 });
  });

  it('reads the lifetime of a router, whatever options come with it', () => {
    const message = Uint8Array.of(...encodeBareAdvertisement(), ...source);
    message.set([7, 8], 6);
    assert.deepEqual(decodeRouterDiscovery(message, linkLocal, 255), { type: 'advertisement', lifetime: 1800 });
  });

  it('reads a solicitation from whatever address', () => {
    for (const from of [linkLocal, global, new Uint8Array(16)])
      assert.deepEqual(decodeRouterDiscovery(encodeRouterSolicitation(), from, 255), { type: 'solicitation' });
  });

  const advertisement = encodeBareAdvertisement();
  const refused = {
    'comes from beyond the link': [advertisement, linkLocal, 254],
    'comes with a hop limit that is not known': [advertisement, linkLocal, undefined],
    'is from no link-local address': [advertisement, global, 255],
    'is short': [advertisement.subarray(0, 15), linkLocal, 255],
    'has a code': [Uint8Array.of(134, 1, ...advertisement.subarray(2)), linkLocal, 255],
    'has an option without length': [Uint8Array.of(...advertisement, 1, 0, 0, 0, 0, 0, 0, 0), linkLocal, 255],
    'has an option that goes beyond its end': [Uint8Array.of(...advertisement, 1, 2, 0, 0, 0, 0, 0, 0), linkLocal, 255],
    'is another type': [Uint8Array.of(135, ...advertisement.subarray(1)), linkLocal, 255],
  } as const;
  for (const [what, [message, from, hopLimit]] of Object.entries(refused))
    it(`ignores what ${what}`, () => assert.equal(decodeRouterDiscovery(message, from, hopLimit), undefined));

  it('never fails, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (message) => {
        decodeRouterDiscovery(message, linkLocal, 255);
      }),
    );
  });
});
