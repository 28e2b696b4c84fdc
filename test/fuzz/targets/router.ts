import assert from 'node:assert/strict';
import { decodeRouterDiscovery } from '../../../src/core/wire/router-discovery.js';
import { octets } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

const linkLocal = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const global = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const advertisement = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
const linkLayer = [1, 1, 2, 0, 0, 0, 0, 9];

/** Any message is a question, an advertisement or nothing, whatever is behind it; from another link it is nothing. */
export const target: Target<Uint8Array> = {
  form: octets,
  seeds: [
    Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0),
    Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0, ...linkLayer),
    Uint8Array.from(advertisement),
    Uint8Array.of(...advertisement, ...linkLayer, 5, 1, 0, 0, 0, 0, 5, 220),
  ],

  run(input) {
    const buffer = new Uint8Array(input.length + 32).fill(0xa5);
    buffer.set(input);
    for (const [source, hopLimit] of [
      [linkLocal, 255],
      [global, 255],
    ] as const) {
      const found = decodeRouterDiscovery(buffer.subarray(0, input.length), source, hopLimit);
      assert.deepEqual(decodeRouterDiscovery(input, source, hopLimit), found);
      if (found !== undefined) assert.ok(source === linkLocal || input[0] === 133);
    }
    assert.equal(decodeRouterDiscovery(input, linkLocal, 254), undefined, 'from another link');
  },
};
