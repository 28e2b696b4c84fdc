import assert from 'node:assert/strict';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { architectureNames, architectureOf } from '../../../scripts/packaging/architecture.js';
import { billOfMaterials } from '../../../scripts/packaging/sbom.js';

const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const shipped = (name: string, licence: string) => ({ name, version: '1.2.3', integrity, licence });
const debian = {
  name: 'libc6',
  version: '2.36-9+deb12u13',
  architecture: 'amd64',
  sha256: 'ab'.repeat(32),
  entries: [],
};

function billWith(licence: string, architecture: string | undefined = 'amd64'): string {
  return billOfMaterials({
    version: '1.2.3-rc.1',
    commit: 'unknown',
    architecture: architectureOf(architecture),
    debian: [debian, { ...debian, name: 'libstdc++6' }],
    npm: [shipped('plain', licence), shipped('@scope/name', '(MIT OR Apache-2.0)')],
  });
}

describe('the bill of materials of an image', () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

  for (const name of architectureNames)
    it(`is by the schema of CycloneDX, formats included: ${name}`, async () => {
      assert.equal(await validator.validate(billWith('MIT', name)), null);
    });

  it('is so with a licence that SPDX does not list, which it names without calling it one of them', async () => {
    const bill = billWith('no-such-licence');
    assert.equal(await validator.validate(bill), null);
    assert.match(bill, /"name": "no-such-licence"/);
    assert.doesNotMatch(bill, /"id": "no-such-licence"/);
  });

  it('is found wrong by the schema with a field too many, or a hash of another length', async () => {
    const bill = JSON.parse(billWith('MIT'));
    assert.notEqual(await validator.validate(JSON.stringify({ ...bill, more: 1 })), null);
    bill.components[0].hashes[0].content = 'ab';
    assert.notEqual(await validator.validate(JSON.stringify(bill)), null);
  });
});
