import assert from 'node:assert/strict';
import { createSigner, isSignedBy } from '../../../../src/platform/signatures/ed25519.js';

const hex = (text: string) => Buffer.from(text, 'hex').toString('base64url');

describe('a signature by Ed25519', () => {
  it('is what RFC 8032, 7.1 has for the message of one octet', () => {
    const key = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    assert.equal(isSignedBy(key, 'r', signature), true);
    assert.equal(isSignedBy(key, 's', signature), false);
  });

  it('is of its signer and of its text, and of the lengths that are said', () => {
    const [one, other] = [createSigner(), createSigner()];
    const signature = one.sign('text');
    assert.deepEqual([one.publicKey.length, signature.length], [43, 86]);
    assert.equal(isSignedBy(one.publicKey, 'text', signature), true);
    assert.equal(isSignedBy(one.publicKey, 'texts', signature), false);
    assert.equal(isSignedBy(other.publicKey, 'text', signature), false);
  });

  for (const key of ['', 'x', 'A'.repeat(43), 'A'.repeat(44), '/'.repeat(43)])
    it(`is not of ${JSON.stringify(key)}, which is no key of anybody`, () => {
      assert.equal(isSignedBy(key, 'text', createSigner().sign('text')), false);
    });

  it('is nothing that is cut short', () => {
    const { publicKey, sign } = createSigner();
    assert.equal(isSignedBy(publicKey, 'text', sign('text').slice(0, -2)), false);
    assert.equal(isSignedBy(publicKey, 'text', ''), false);
  });
});
