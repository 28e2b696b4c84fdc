import assert from 'node:assert/strict';
import type { ValidateFunction } from 'ajv';
import { checkFiles } from '../../../scripts/bundle/checks.mjs';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { compiledCheck } from '../../../src/api/compiled-check.js';
import { type CheckedKind, objectSchemas } from '../../../src/api/object-schemas.js';
import { schemaProblem } from '../../../src/api/problem.js';
import {
  acceptedConfs,
  acceptedEips,
  acceptedGroups,
  acceptedPeers,
  refusedConfs,
  refusedEips,
  refusedPeers,
} from '../../vectors/server-rules.js';

describe('the checks that are compiled for the bundle', () => {
  let files: ReadonlyMap<string, string>;
  before(async () => {
    files = new Map((await checkFiles(`${projectRoot()}/`)).map(({ path, text }) => [path, text]));
  });

  /** As Node loads it. */
  function bundled(kind: CheckedKind, thorough: boolean): ValidateFunction {
    const text = files.get(`api/checks/${kind}-${thorough ? 'all' : 'first'}.js`);
    const module = { exports: undefined as unknown };
    new Function('module', 'exports', text ?? assert.fail(`no file for ${kind}`))(module, {});
    return module.exports as ValidateFunction;
  }

  it('need no compiler of schemas, nor anything else', () => {
    for (const [path, text] of files) assert.doesNotMatch(text, /[^"'`]require\(|new Function/, path);
  });

  for (const kind of Object.keys(objectSchemas) as CheckedKind[])
    for (const thorough of [true, false])
      it(`find in a ${kind} what ajv finds, ${thorough ? 'all of it' : 'the first of it'}`, () => {
        const objects = [...specs.map((spec) => ({ metadata: { name: 'a' }, spec })), {}, [], null, 'text', 7];
        const check = bundled(kind, thorough);
        const refused = objects.filter((object) => {
          const found = said(check, object);
          assert.deepEqual(found, said(compiledCheck(kind, thorough), object));
          return found.length > 0;
        });
        assert.ok(refused.length > 5, `${refused.length} refused`);
      });
});

/** Of every kind: each is judged as each. */
const specs: readonly object[] = [
  ...acceptedEips,
  ...acceptedConfs,
  ...acceptedPeers,
  ...acceptedGroups.map(([, spec]) => spec),
  ...[...refusedEips, ...refusedConfs, ...refusedPeers].map(([spec]) => spec),
  { address: 7, protocol: 'ospf', vrrp: { version: 4, groups: 0, checks: {}, authentication: { keys: 'No!' } } },
  { eip: 'a', members: [{ node: '' }, { priority: 300 }], addresses: 'x', vrrp: { virtualRouterId: 0 } },
  { as: -1, listenPort: 1e9, asPerRack: { a: 'x' }, communityAliases: 1, drainWait: 'soon' },
  { conf: { peerAs: '1', neighborAddress: 5 }, bfd: { detectMultiplier: 0 }, advertise: [{ localPref: -1 }] },
];

/** All that it says is wrong. */
function said(check: ValidateFunction, object: unknown): readonly object[] {
  return check(object) ? [] : (check.errors ?? []).map(schemaProblem);
}
