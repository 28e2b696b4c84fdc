import assert from 'node:assert/strict';
import { programVersion } from '../../../src/platform/observability/program-version.js';
import { skewText } from '../../../src/status/local.js';

describe("an agent's version, beside that of the program that asks it", () => {
  const own = programVersion().version;

  it('is not spoken of while it is the same', () => {
    assert.equal(skewText({ node: 'n1', version: own }), undefined);
  });

  it('is said with the node, both versions and the remedy where it is another', () => {
    const text = skewText({ node: 'n1', version: '0.0.7' })!;
    for (const each of ['node n1', 'version 0.0.7', own, 'upgrade the older one']) assert.ok(text.includes(each), text);
  });

  it('is said to be another where an agent tells none', () => {
    assert.match(skewText({ node: 'n1' })!, /is of another version, this program of/);
  });
});
