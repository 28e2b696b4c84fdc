import assert from 'node:assert/strict';
import { connectionsOf, sumOf } from '../../../../src/agent/draining/connections.js';
import type { Contents } from '../../../../src/agent/draining/contents.js';
import { newTable } from '../../../../src/agent/draining/table.js';
import { never } from '../../../../src/core/time.js';
import type { TableFamily } from '../../../../src/platform/linux/nftables/message.js';
import type { Nftables } from '../../../../src/platform/linux/nftables/nftables.js';

const empty: Contents = { nics: new Map(), direct: [], passed: [], returned: [], ended: [], members: new Set() };

/** A key as the rules make it: the client's address and port, the virtual address and its port, each filled up to four octets. */
function connection(address: readonly number[], port: number): Uint8Array {
  const client = new Array<number>(address.length).fill(9);
  return Uint8Array.from([...client, port >> 8, port & 255, 0, 0, ...address, 0, 80, 0, 0]);
}

/** How many connections are counted at `now` where the kernel has these. */
function counted(now: number, family: TableFamily, holds: Contents, ...kernelHas: readonly Uint8Array[]) {
  const nftables = { elements: () => kernelHas } as unknown as Nftables;
  const table = { ...newTable(family, nftables), holds };
  return connectionsOf({ nftables, tables: new Map([[family, table]]) }, now);
}

describe('the count of connections that are handed on', () => {
  const at = (address: string, until: number) => ({ arrivesBy: 2, address, until });
  const [a, b, c] = ['192.0.2.100', '192.0.2.101', '192.0.2.102'] as const;

  it('is by address, of both families', () => {
    const direct = [a, b].map((address) => ({ ...at(address, never), to: '192.0.2.1' }));
    const has = [connection([192, 0, 2, 100], 1), connection([192, 0, 2, 100], 2), connection([192, 0, 2, 101], 1)];
    const counts = counted(5, 'ip', { ...empty, direct }, ...has);
    assert.deepEqual([...counts], [[a, 2], [b, 1]]); // biome-ignore format: pairs
    assert.deepEqual([sumOf(counts), sumOf(counts, [b]), sumOf(counts, [c])], [3, 1, 0]);
    const six = { ...at('2001:db8::1', never), to: 'fe80::1' };
    const octets = [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1];
    assert.deepEqual([...counted(5, 'ip6', { ...empty, direct: [six] }, connection(octets, 1))], [['2001:db8::1', 1]]);
  });

  it('has those that come from a member, and none that goes nowhere: dropped, reset, or of a window that is over', () => {
    const holds = {
      ...empty,
      direct: [{ ...at(b, 5), to: '192.0.2.1' }],
      passed: [{ ...at(a, 9), to: '192.0.2.1' }],
      returned: [{ ...at(c, 9), from: '020000000001', to: undefined }],
      ended: [at('192.0.2.103', 9)],
    };
    const has = [100, 101, 102, 103, 104].map((last) => connection([192, 0, 2, last], 1));
    assert.deepEqual([...counted(5, 'ip', holds, ...has)], [[a, 1]]);
  });
});
