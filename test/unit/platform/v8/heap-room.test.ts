import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { flagsOfNode } from '../../../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../../../scripts/tools/project-root.js';

/** Comes to have 5 MB more; V8 says meanwhile when it begins to mark. */
const program = (room: boolean) => `
  import { writeSync } from 'node:fs';
  import { makeHeapRoom } from '${join(projectRoot(), 'src/platform/v8/heap-room.ts')}';
  globalThis.gc({ type: 'major', execution: 'sync' });
  if (${room}) makeHeapRoom();
  const kept = [];
  writeSync(1, 'begins\\n');
  while (kept.length < 50_000) kept.push({ a: kept.length, b: [kept.length] });
  writeSync(1, 'ends\\n');
`;

describe('room in the heap', function () {
  this.timeout(60_000);
  const marks = async (room: boolean) => {
    const node = [...flagsOfNode(), '--trace-incremental-marking', '--import=tsx', '--input-type=module', '-e'];
    const { stdout } = await execa(process.execPath, [...node, program(room)], { cwd: projectRoot() });
    const [, meanwhile] = /begins\n([^]*)ends/.exec(stdout) ?? [];
    assert.ok(meanwhile !== undefined, stdout);
    return /IncrementalMarking\] Start/.test(meanwhile);
  };

  it('keeps V8 from marking while a thread comes to have some megabytes more, at which it begins else', async () => {
    assert.deepEqual([await marks(false), await marks(true)], [true, false]);
  });
});
