import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsOfNode } from '../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../scripts/tools/project-root.js';

describe('flags of Node', () => {
  it('are the same in the image as in the first line of the program', () => {
    const dockerfile = readFileSync(join(projectRoot(), 'deploy/Dockerfile'), 'utf8');
    const entryPoint = /^ENTRYPOINT (\[[^\]]*\])/m.exec(dockerfile)?.[1]?.replace(/\\\n/g, '');
    const [, ...args] = JSON.parse(entryPoint ?? '[]') as string[];
    assert.deepEqual(args, [...flagsOfNode(), '/app/dist/main.js']);
  });
});
