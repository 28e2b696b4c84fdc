import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../../scripts/tools/project-root.js';
import { agentLeaseNode } from '../../../../src/api/agent-lease.js';
import { agentLeaseNetwork } from '../../../../src/api/agent-network.js';
import * as annotations from '../../../../src/api/annotations.js';
import type { Node, Service } from '../../../../src/controller/objects/builtin-objects.js';
import { serviceAnnotationsOf } from '../../../../src/controller/objects/kept-annotations.js';
import type { nodeShape, serviceShape } from '../../../../src/controller/objects/shapes.js';

/** Names of fields that a type has and a schema has not, at any depth. */
type Unkept<T, S> = T extends readonly (infer I)[]
  ? S extends { items: infer Items }
    ? Unkept<I, Items>
    : never
  : T extends object
    ? S extends { properties: infer P }
      ? { [K in keyof T & string]: K extends keyof P ? Unkept<NonNullable<T[K]>, P[K]> : K }[keyof T & string]
      : never
    : never;
/** A field that the compiler lets the controller read, and that caches do not keep, makes this a type error that names it. */
const unkeptOfServices: Unkept<Pick<Service, 'spec' | 'status'>, typeof serviceShape>[] = [];
const unkeptOfNodes: Unkept<Pick<Node, 'spec' | 'status'>, typeof nodeShape>[] = [];
const none: never[] = [...unkeptOfServices, ...unkeptOfNodes];

describe('what caches keep', () => {
  it('is each field that the types of built-in objects have', () => {
    assert.deepEqual(none, []);
  });

  it('is each annotation that the controller reads', async () => {
    const folder = join(projectRoot(), 'src/controller');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const read = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      for (const [, name] of text.matchAll(/nnotations\)?(?:\?\.)?\[(\w+)\]/g)) read.add(name!);
    }
    const values: Readonly<Record<string, unknown>> = { ...annotations, agentLeaseNode, agentLeaseNetwork };
    const constants = [...read].filter((name) => typeof values[name] === 'string');
    assert.ok(constants.length >= 10, `only ${constants} were found`);
    const kept = [
      ...annotations.serviceAnnotations,
      ...annotations.eipAnnotations,
      ...[agentLeaseNode, agentLeaseNetwork],
    ];
    assert.deepEqual(
      constants.filter((name) => !kept.includes(values[name] as string)),
      [],
    );
  });
});

describe('an annotation of a Service', () => {
  const kept = (value: string) =>
    serviceAnnotationsOf({ metadata: { annotations: { [annotations.eipName]: value, 'example.com/a': value } } });

  it('is not kept where it is long or names many Eips, which is said; nor is anybody else’s', () => {
    const list = (count: number) => Array.from({ length: count }, (_, at) => `e${at}`).join(',');
    assert.deepEqual(kept(list(64)), { annotations: { [annotations.eipName]: list(64) }, wrong: [] });
    for (const [value, message] of [
      [list(65), /^names 65 Eips: at most 64/],
      ['l,'.repeat(130_000), /^has 260000 characters: at most 4096/],
    ] as const) {
      const { annotations: none, wrong } = kept(value);
      assert.deepEqual(none, {});
      assert.match(wrong[0]!.message, message);
    }
  });
});
