import assert from 'node:assert/strict';
import { addressKey } from '../../../../../src/agent/engine/address-key.js';
import { newVirtualAddresses, virtualKeys } from '../../../../../src/agent/engine/election/virtual-addresses.js';
import { groupOf } from '../lan.js';

describe('the addresses that groups answer for', () => {
  const address = (last: number) => Uint8Array.of(192, 0, 2, last);
  const member = (...last: readonly number[]) => ({ config: groupOf([1], 1, { addresses: last.map(address) }) });
  const keys = (...last: readonly number[]) => new Set(last.map((each) => addressKey(address(each))));

  it('are those of all groups, as they come, change and go', () => {
    const known = newVirtualAddresses();
    const [one, other] = [member(100), member(101, 102)];
    assert.deepEqual(virtualKeys(known, [one]), keys(100));
    assert.deepEqual(virtualKeys(known, [one, other]), keys(100, 101, 102));
    one.config = member(103).config;
    assert.deepEqual(virtualKeys(known, [one, other]), keys(103, 101, 102));
    assert.deepEqual(virtualKeys(known, [other]), keys(101, 102));
    assert.deepEqual(virtualKeys(known, []), new Set());
  });

  it('are not collected again while no group is another', () => {
    const known = newVirtualAddresses();
    const members = [member(100), member(101)];
    assert.equal(virtualKeys(known, members), virtualKeys(known, members));
  });
});
