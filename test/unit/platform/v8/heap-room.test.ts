import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { flagsOfNode } from '../../../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../../../scripts/tools/project-root.js';

/** V8 says of each collection by how much the heap may grow. */
const program = `
  import { makeHeapRoom } from '${join(projectRoot(), 'src/platform/v8/heap-room.ts')}';
  import { writeSync } from 'node:fs';
  for (const [text, collect] of [['before', globalThis.gc], ['room', makeHeapRoom], ['after', globalThis.gc]]) {
    writeSync(1, text + '\\n');
    collect();
  }
`;

describe('room in the heap', function () {
  this.timeout(60_000);

  it('lets it grow by more than half until it is marked; other collections leave it what is usual', async () => {
    const node = [...flagsOfNode(), '--trace-gc-verbose', '--import=tsx', '--input-type=module', '-e', program];
    const { stdout } = await execa(process.execPath, node, { cwd: projectRoot() });
    const text = /before\n[\s\S]*/.exec(stdout)?.[0] ?? '';
    const limits = [...text.matchAll(/HeapController\] Limit: old size: (\d+) KB, new limit: (\d+) KB/g)];
    const growth = limits.map(([, size, limit]) => Number(limit) / Number(size));
    assert.equal(growth.length, 3, stdout);
    const [before, room, after] = growth as [number, number, number];
    assert.ok(room > 1.5 && room > Math.max(before, after) + 0.1, String(growth));
  });
});
