import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { imageName } from '../../../scripts/packaging/image.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { parseFlags } from '../../../src/cli/flags.js';
import { command } from '../../../src/wait-drained/command.js';

interface Container {
  readonly image: string;
  readonly args: readonly string[];
}

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] };
    };
  };
}

describe('deploy/drain-hold.yaml', () => {
  const text = readFileSync(join(projectRoot(), 'deploy/drain-hold.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Deployment);
  const pod = objects.find(({ kind }) => kind === 'Deployment')!.spec.template.spec;
  const [{ image, args }] = pod.containers;

  it('has the image of this version', async () => {
    assert.equal(image, await imageName());
  });

  it('runs a command that there is, and gives it more time to end than that takes', () => {
    const [name, ...rest] = args;
    const parsed = parseFlags(command.flags, rest, {}, command);
    assert.ok(name === 'wait-drained' && parsed.ok && !parsed.help);
    assert.deepEqual([parsed.positionals, parsed.values['on-sigterm']], [['$(NODE_NAME)'], true]);
    assert.ok(Number(parsed.values.timeout) < pod.terminationGracePeriodSeconds);
  });
});
