import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';

describe('the build context of the image', () => {
  it('has every file that the Dockerfile copies, and lets each of them in', () => {
    const root = projectRoot();
    const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length >= 5, copied.join(' '));
    for (const path of copied) {
      assert.ok(allowed.includes(path), `${path} is kept out by .dockerignore`);
      if (!path.includes('*')) assert.ok(existsSync(join(root, path)), `${path} does not exist`);
    }
  });
});
