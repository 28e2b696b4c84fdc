import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indexSubnets, subnetsAround } from '../../../../src/agent/engine/subnets.js';
import { ipFromBytes } from '../../../../src/core/ip/address.js';
import type { InterfaceAddress } from '../../../../src/platform/linux/rtnetlink.js';

/** Few different octets, so that subnets hold what is asked for. */
const octets = (length: 4 | 16) => fc.array(fc.constantFrom(0, 1, 128), { minLength: length, maxLength: length });
const addressOf = (length: 4 | 16) =>
  fc.record({ octets: octets(length), prefixLength: fc.nat(length * 8), ours: fc.boolean(), index: fc.nat(3) }).map(
    ({ octets, prefixLength, ours, index: interfaceIndex }): InterfaceAddress => ({
      interfaceIndex,
      address: Uint8Array.from(octets),
      prefixLength,
      ours,
      scope: 0,
      flags: 0,
      lifetimeSeconds: 0,
    }),
  );
const anyAddress = fc.oneof(addressOf(4), addressOf(16));

describe('the subnets around an address', () => {
  /** Every subnet looked at, as one would by hand. */
  function byHand(all: readonly InterfaceAddress[], target: Uint8Array): readonly InterfaceAddress[] {
    const bits = target.length * 8;
    const holds = ({ address, ours, prefixLength }: InterfaceAddress) =>
      !ours &&
      prefixLength > 0 &&
      prefixLength < bits &&
      address.length === target.length &&
      ipFromBytes(address).value >> BigInt(bits - prefixLength) ===
        ipFromBytes(target).value >> BigInt(bits - prefixLength);
    return all.filter(holds).toSorted((a, b) => b.prefixLength - a.prefixLength);
  }

  it('are those that hold it, the smallest first, and of equal ones the first that the kernel has', () =>
    fc.assert(
      fc.property(fc.array(anyAddress, { maxLength: 30 }), anyAddress, (all, { address }) => {
        assert.deepEqual([...subnetsAround(indexSubnets(all), address)], byHand(all, address));
      }),
    ));
});
