import assert from 'node:assert/strict';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import { encodeNested } from '../../../../../src/platform/linux/netlink-codec.js';
import type { NetlinkSocket } from '../../../../../src/platform/linux/netlink-socket.js';
import { openNftables } from '../../../../../src/platform/linux/nftables/nftables.js';

const set = [{ family: 'ip', table: 't' }, 's'] as const;

/** A kernel that dumps these lists of elements, one after the other. */
function holding(...lists: readonly Uint8Array[]) {
  const messages = lists.map((list) => {
    const data = Buffer.concat([Buffer.alloc(4), encodeNested([[3, list]])]);
    return { type: 0, flags: 0, seq: 0, data };
  });
  const socket = { dump: () => ({ messages, whole: lists.length < 2 }) };
  return openNftables(socket as unknown as NetlinkSocket);
}

/** A kernel that answers each question so. */
function refusing(errno: number) {
  return openNftables({ query: () => ({ errno }) } as unknown as NetlinkSocket);
}

describe('what nf_tables say of a set', () => {
  const element = (...key: readonly number[]) =>
    encodeNested([[1, encodeNested([[1, encodeNested([[1, Uint8Array.from(key)]])]])]]);
  const keys = (...lists: readonly Uint8Array[]) =>
    holding(...lists)
      .elements(...set)
      .map((key) => [...key]);

  it('are the keys of its elements', () => {
    assert.deepEqual(keys(new Uint8Array()), []);
    assert.deepEqual(keys(Buffer.concat([element(1, 2, 3, 4), element(5, 6)])), [
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('ends where nothing can be told apart', () => {
    assert.deepEqual(keys(Buffer.concat([element(1), new Uint8Array(8)])), [[1]]);
  });

  it('is said once, although it came again because a change interrupted it', () => {
    assert.deepEqual(keys(element(1), Buffer.concat([element(1), element(2)])), [[1], [2]]);
  });
});

describe('a question to nf_tables', () => {
  it('is answered by no where there is no such thing, and no nf_tables', () => {
    for (const name of ['ENOENT', 'EINVAL', 'EOPNOTSUPP'] as const)
      assert.equal(refusing(errnoOf(name)).hasSet(...set), false, name);
  });

  it('is not answered by no where the kernel has no memory for an answer', () => {
    for (const name of ['ENOBUFS', 'ENOMEM', 'EAGAIN'] as const)
      for (const ask of [
        () => refusing(errnoOf(name)).hasTable(set[0]),
        () => refusing(errnoOf(name)).hasChain(...set),
        () => refusing(errnoOf(name)).outline(set[0], { chains: [], sets: [] }),
      ])
        assert.throws(ask, LinuxError, name);
  });
});
