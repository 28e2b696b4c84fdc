// Owns: golden files of many cases: `# claim`, then what a user sees. UPDATE_GOLDEN=1 writes what is seen now.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';

export interface Golden {
  /** Compares with what the file says under the claim. */
  check(claim: string, seen: string): void;
  /** To be called after the last case: the file holds no case that is gone, and each that is there. */
  close(): void;
}

/** @param name relative to test/cluster/golden, like `real/eips.txt`; what both servers say alike stands in no folder */
export function openGolden(name: string): Golden {
  const path = join(projectRoot(), 'test/cluster/golden', name);
  const updating = process.env.UPDATE_GOLDEN === '1';
  const known = existsSync(path) ? blocks(readFileSync(path, 'utf8')) : new Map<string, string>();
  const all = new Map<string, string>();
  return {
    check: (claim, seen) => {
      all.set(claim, seen);
      if (updating) return;
      const golden = known.get(claim);
      assert.ok(
        golden !== undefined,
        `${name} has no "${claim}": run with UPDATE_GOLDEN=1 and read what it wrote:\n${seen}`,
      );
      assert.equal(seen, golden);
    },
    close: () => {
      if (updating) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, [...all].map(([claim, seen]) => `# ${claim}\n${seen}\n`).join('\n'));
      } else
        assert.deepEqual(
          [...known.keys()].filter((claim) => !all.has(claim)),
          [],
          `${name} has cases that are gone`,
        );
    },
  };
}

function blocks(text: string): Map<string, string> {
  return new Map(
    text
      .split(/^# /m)
      .slice(1)
      .map((block) => {
        const end = block.indexOf('\n');
        return [block.slice(0, end), block.slice(end + 1).trim()];
      }),
  );
}
