import assert from 'node:assert/strict';
import { encodeNested } from '../../../../../src/platform/linux/netlink-codec.js';
import type { NetlinkSocket } from '../../../../../src/platform/linux/netlink-socket.js';
import { openNftables } from '../../../../../src/platform/linux/nftables/nftables.js';

/** A kernel whose set has this list of elements. */
function holding(list: Uint8Array) {
  const data = Buffer.concat([Buffer.alloc(4), encodeNested([[3, list]])]);
  const socket = { dump: () => ({ messages: [{ type: 0, flags: 0, seq: 0, data }], whole: true }) };
  return openNftables(socket as unknown as NetlinkSocket);
}

describe('what nf_tables say of a set', () => {
  const element = encodeNested([[1, new Uint8Array(4)]]);
  const count = (list: Uint8Array) => holding(list).elementCount({ family: 'ip', table: 't' }, 's');

  it('is counted element by element', () => {
    assert.equal(count(new Uint8Array()), 0);
    assert.equal(count(Buffer.concat([element, element, element])), 3);
  });

  it('is counted as far as it can be told apart', () => {
    assert.equal(count(Buffer.concat([element, new Uint8Array(8)])), 1);
  });
});
