import { octets } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

/**
 * A defect behind four bytes that are compared one after the other. Chance alone needs some 2^32 tries for it; who sees each
 * comparison succeed needs a few thousand. It is there to show that the fuzzer sees.
 */
export const target: Target<Uint8Array> = {
  form: octets,
  seeds: [new Uint8Array(8)],

  run(input) {
    if (input[0] !== 0x76) return;
    if (input[1] !== 0x72) return;
    if (input[2] !== 0x72) return;
    if (input[3] !== 0x70) return;
    throw new Error('the planted defect');
  },
};
